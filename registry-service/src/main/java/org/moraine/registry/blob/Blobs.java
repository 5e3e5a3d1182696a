package org.moraine.registry.blob;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.BlobLinks;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;

/** The blobs that versions are made of: a row for each whose bytes the object store has. */
@ApplicationScoped
public class Blobs {

    /** Up to this size the Hub calls a file regular and names it by git's hash; bigger ones are named by their SHA-256. */
    static final long LARGEST_REGULAR = 1 << 20;

    private static final Duration LINK_LIFE = Duration.ofMinutes(10);
    private static final Logger LOG = Logger.getLogger(Blobs.class);

    private final Jdbi jdbi;
    private final BlobStore store;
    private final @Nullable BlobLinks links;

    Blobs(Jdbi jdbi, BlobStore store, StorageConfig config) {
        this.jdbi = jdbi;
        this.store = store;
        this.links = config.linkEndpoint()
                .map(address -> Storage.bucket(config, address))
                .map(BlobLinks::new)
                .orElse(null);
    }

    @PreDestroy
    void close() {
        if (links != null) {
            links.close();
        }
    }

    /**
     * Stores a blob, bytes first and row second: what fails between the two is a stray object, collected after its grace.
     *
     * @return whether it was not there before
     * @throws Refused where the stream holds something else; nothing is stored then
     */
    boolean put(Digest digest, long size, InputStream bytes) throws IOException {
        removeDamaged(digest);
        String gitSha1 = null;
        if (size <= LARGEST_REGULAR) {
            GitHash hash = GitHash.ofSize(size);
            store.put(digest, size, hash.over(bytes));
            gitSha1 = hash.finish();
        } else {
            store.put(digest, size, bytes);
        }
        boolean added = add(digest, size, gitSha1);
        LOG.debugf("Blob stored digest=%s bytes=%d", digest, size);
        return added;
    }

    /** Takes a file whose digest nobody said; the caller closes it. */
    public Receiving receive(long largest) {
        return new Receiving(this, store, largest);
    }

    /** How many bytes of a blob that is not stored yet have come by {@link #append}. */
    long received(Digest digest) throws IOException {
        return store.received(digest);
    }

    /**
     * Takes more of a blob, as {@link BlobStore#append} says; its row is written when all of it is there.
     *
     * @return how many bytes are there now
     */
    long append(Digest digest, long from, long size, InputStream bytes) throws IOException {
        removeDamaged(digest);
        long there = store.append(digest, from, size, bytes);
        if (there == size) {
            boolean added = add(digest, size, size <= LARGEST_REGULAR ? gitSha1(digest, size) : null);
            LOG.debugf("Blob stored digest=%s bytes=%d new=%s", digest, size, added);
        }
        return there;
    }

    private String gitSha1(Digest digest, long size) throws IOException {
        GitHash hash = GitHash.ofSize(size);
        try (InputStream bytes = hash.over(store.read(digest))) {
            bytes.transferTo(OutputStream.nullOutputStream());
        }
        return hash.finish();
    }

    /**
     * Writes a blob's row, under the lock under which the collector takes a blob away: bytes that were found there when
     * they were sent again may be gone by now, and then there is no row either.
     */
    boolean add(Digest digest, long size, @Nullable String gitSha1) throws IOException {
        return jdbi.<Boolean, IOException>inTransaction(transaction -> {
            lock(transaction, digest);
            if (store.size(digest).isEmpty()) {
                throw new IOException("Blob " + digest + " was collected while it was sent; send it again");
            }
            return transaction
                    .select("""
                            INSERT INTO blobs (digest, size, git_sha1) VALUES (?, ?, ?)
                            ON CONFLICT (digest) DO UPDATE
                            SET size = excluded.size, used_at = now(), damaged_at = NULL, expected = false
                            RETURNING xmax = 0""", digest.hex(), size, gitSha1)
                    .mapTo(boolean.class)
                    .one();
        });
    }

    /** Writes the row of a blob that is to come, its size as it is said to be; until then it is as one that is damaged. */
    public void expect(Digest digest, long size) {
        jdbi.useHandle(handle -> handle.execute("""
                        INSERT INTO blobs (digest, size, damaged_at, expected) VALUES (?, ?, now(), true)
                        ON CONFLICT (digest) DO UPDATE SET used_at = now()""", digest.hex(), size));
    }

    /** Whether a blob has its bytes, as far as is known. */
    public boolean isHere(Digest digest) {
        return jdbi.withHandle(
                handle -> handle.select("SELECT 1 FROM blobs WHERE digest = ? AND damaged_at IS NULL", digest.hex())
                        .mapTo(int.class)
                        .findOne()
                        .isPresent());
    }

    /** Keeps everybody else from writing or collecting a blob until the transaction ends. */
    static void lock(Handle transaction, Digest digest) {
        transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", digest.hex());
    }

    /**
     * A damaged blob's bytes go before it is sent again, or the store would keep them; under the lock, so that whoever sent
     * it meanwhile keeps what is sound by then.
     */
    void removeDamaged(Digest digest) throws IOException {
        if (jdbi.withHandle(handle -> isDamaged(handle, digest))) {
            jdbi.<IOException>useTransaction(transaction -> {
                lock(transaction, digest);
                if (isDamaged(transaction, digest)) {
                    store.delete(digest);
                }
            });
        }
    }

    /** One that is only expected has no bytes that could be others. */
    private static boolean isDamaged(Handle handle, Digest digest) {
        return handle.select(
                        "SELECT 1 FROM blobs WHERE digest = ? AND damaged_at IS NOT NULL AND NOT expected",
                        digest.hex())
                .mapTo(int.class)
                .findOne()
                .isPresent();
    }

    /** A sound blob's size, for one who is about to build on it: its grace begins anew. Empty where it is to be sent. */
    public OptionalLong size(Digest digest) throws IOException {
        boolean known = jdbi.withHandle(handle -> handle.execute(
                        "UPDATE blobs SET used_at = now() WHERE digest = ? AND damaged_at IS NULL", digest.hex()))
                == 1;
        return known ? store.size(digest) : OptionalLong.empty();
    }

    /**
     * Reads a part of a blob; the caller closes the stream. Where that is all of it, it is held against its digest, and
     * its last bytes are not given out where it is damaged.
     *
     * @param size the blob's
     */
    public InputStream read(Digest digest, long size, long from, long length) throws IOException {
        InputStream bytes = store.read(digest, from, length);
        return length == size ? verified(bytes, digest, size) : bytes;
    }

    /** A link by which a blob is read from the store itself; empty where pullers do not reach it, or it is not there. */
    public Optional<URI> link(Digest digest) throws IOException {
        return links == null || !isHere(digest) ? Optional.empty() : Optional.of(links.read(digest, LINK_LIFE));
    }

    /** Reads a blob to its end, and whether it is what its name says is written down. */
    boolean check(Digest digest, long size) throws IOException {
        try (InputStream bytes = verified(store.read(digest), digest, size)) {
            bytes.transferTo(OutputStream.nullOutputStream());
        } catch (NoSuchFileException e) {
            markDamaged(digest, "The object store has none");
            return false;
        } catch (IOException e) {
            if (isHere(digest)) {
                throw e;
            }
            return false; // it was marked while it was read
        }
        jdbi.useHandle(handle -> handle.execute("UPDATE blobs SET checked_at = now() WHERE digest = ?", digest.hex()));
        return true;
    }

    private InputStream verified(InputStream bytes, Digest digest, long size) {
        return new Verified(bytes, digest, size, () -> markDamaged(digest, "The object store has other bytes"));
    }

    /** Writes down, and says once, that a blob's bytes are not there or others. */
    void markDamaged(Digest digest, String how) {
        int marked = jdbi.withHandle(handle -> handle.execute(
                "UPDATE blobs SET damaged_at = now() WHERE digest = ? AND damaged_at IS NULL", digest.hex()));
        if (marked == 1) {
            LOG.errorf("Blob damaged: %s; send it again digest=%s", how, digest);
        }
    }
}
