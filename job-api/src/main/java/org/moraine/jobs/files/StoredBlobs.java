package org.moraine.jobs.files;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jdbi.v3.core.Handle;
import org.moraine.blobs.Blob;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;

/**
 * Who needs a blob of the bucket. It stays as long as a row of {@code files} or {@code checkpoint_blobs} names it: who
 * adds such a row and who removes a blob hold the same lock of the database, named by the digest.
 */
@Singleton
public class StoredBlobs {

    private final BlobStore blobs;

    StoredBlobs(BlobStore blobs) {
        this.blobs = blobs;
    }

    /** Until the caller's transaction ends nobody else adds or removes a need of this blob. */
    public void lock(Handle handle, Digest digest) {
        handle.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 1))", digest.hex());
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
        boolean used = handle.select("""
                        SELECT EXISTS (SELECT FROM files WHERE digest = ?)
                            OR EXISTS (SELECT FROM checkpoint_blobs WHERE digest = ?)""", digest.hex(), digest.hex())
                .mapTo(Boolean.class)
                .one();
        if (!used) {
            try {
                blobs.delete(digest);
            } catch (IOException e) {
                throw new UncheckedIOException("The object store does not delete " + digest, e);
            }
        }
    }
}
