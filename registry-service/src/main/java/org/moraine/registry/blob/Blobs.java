package org.moraine.registry.blob;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;

/** The blobs that versions are made of: a row for each whose bytes the object store has. */
@ApplicationScoped
public class Blobs {

    /** Up to this size the Hub calls a file regular and names it by git's hash; bigger ones are named by their SHA-256. */
    static final long LARGEST_REGULAR = 1 << 20;

    private static final Logger LOG = Logger.getLogger(Blobs.class);

    private final Jdbi jdbi;
    private final BlobStore store;

    Blobs(Jdbi jdbi, BlobStore store) {
        this.jdbi = jdbi;
        this.store = store;
    }

    /**
     * Stores a blob, bytes first and row second: what fails between the two is found missing and put again.
     *
     * @return whether it was not there before
     * @throws Refused where the stream holds something else; nothing is stored then
     */
    boolean put(Digest digest, long size, InputStream bytes) throws IOException {
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

    private boolean add(Digest digest, long size, @Nullable String gitSha1) {
        return jdbi.withHandle(handle -> handle.execute("""
                        INSERT INTO blobs (digest, size, git_sha1) VALUES (?, ?, ?)
                        ON CONFLICT DO NOTHING""", digest.hex(), size, gitSha1)) == 1;
    }

    /** A blob's size; empty unless row and bytes are there. */
    public OptionalLong size(Digest digest) throws IOException {
        boolean known = jdbi.withHandle(handle -> handle.select("SELECT 1 FROM blobs WHERE digest = ?", digest.hex())
                .mapTo(int.class)
                .findOne()
                .isPresent());
        return known ? store.size(digest) : OptionalLong.empty();
    }

    /** Reads a part of a blob; the caller closes the stream. */
    public InputStream read(Digest digest, long from, long length) throws IOException {
        return store.read(digest, from, length);
    }
}
