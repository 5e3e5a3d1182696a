package org.moraine.jobs.files;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.moraine.blobs.Blob;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;

/**
 * Who needs a blob of the bucket. It stays as long as a row of {@code files}, {@code upload_parts} or {@code
 * checkpoint_blobs} names it: who adds such a row and who removes a blob hold the same lock of the database, named by the
 * digest.
 */
@Singleton
public class StoredBlobs {

    /** A blob is put before it is named: one that is not named may be just about to be, but not for so long. */
    private static final Duration UNNAMED = Duration.ofDays(1);

    private final Jdbi jdbi;
    private final BlobStore blobs;
    private final Clock clock;
    private int share;

    StoredBlobs(Jdbi jdbi, BlobStore blobs, Clock clock) {
        this.jdbi = jdbi;
        this.blobs = blobs;
        this.clock = clock;
    }

    /** Until the caller's transaction ends nobody else adds or removes a need of this blob. */
    public void lock(Handle handle, Digest digest) {
        handle.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 1))", digest.hex());
    }

    /** Throws where a blob that was just put is not stored any more: who put it is to put it again. */
    void requireStored(Blob blob) {
        if (!isStored(blob)) {
            throw new IllegalStateException("Blob " + blob.digest() + " was deleted while it was put again");
        }
    }

    /** Whether the whole blob is stored. */
    public boolean isStored(Blob blob) {
        try {
            return blobs.size(blob.digest()).orElse(-1) == blob.size();
        } catch (IOException e) {
            throw new UncheckedIOException("The object store does not answer", e);
        }
    }

    /** Removes a blob that nobody needs any more. */
    public void removeUnused(Handle handle, Digest digest) {
        lock(handle, digest);
        if (!unnamed(handle, List.of(digest)).isEmpty()) {
            try {
                blobs.delete(digest);
            } catch (IOException e) {
                throw new UncheckedIOException("The object store does not delete " + digest, e);
            }
        }
    }

    /** Removes the blobs of the bucket's next share that nobody has named for a day: who put them was killed. */
    void sweep() throws IOException {
        List<Digest> found = blobs.storedBefore(share, clock.instant().minus(UNNAMED));
        share = (share + 1) % BlobStore.SHARES;
        List<Digest> unnamed = jdbi.withHandle(handle -> unnamed(handle, found));
        unnamed.forEach(digest -> jdbi.useTransaction(handle -> removeUnused(handle, digest)));
    }

    /** Those of the digests that no row names. */
    private static List<Digest> unnamed(Handle handle, List<Digest> digests) {
        return handle.createQuery("""
                        SELECT digest FROM unnest(:found) AS found (digest)
                        WHERE NOT EXISTS (SELECT FROM files WHERE digest = found.digest)
                          AND NOT EXISTS (SELECT FROM upload_parts WHERE digest = found.digest)
                          AND NOT EXISTS (SELECT FROM checkpoint_blobs WHERE digest = found.digest)""")
                .bindArray(
                        "found", String.class, digests.stream().map(Digest::hex).toList())
                .map((row, context) -> new Digest(row.getString("digest")))
                .list();
    }
}
