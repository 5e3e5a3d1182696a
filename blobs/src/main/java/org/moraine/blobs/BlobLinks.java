package org.moraine.blobs;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.moraine.contracts.Digest;

/**
 * Links by which whoever holds one reads one blob from the store itself, without a key, for a short time. They are made
 * without asking the store; whether a blob is there is not looked at.
 */
public final class BlobLinks implements AutoCloseable {

    private final BucketClient bucket;

    /** The bucket with the endpoint at which readers reach its store, which need not be ours. */
    public BlobLinks(Bucket bucket) {
        this.bucket = new BucketClient(bucket);
    }

    /** A link to read a blob with. */
    public URI read(Digest digest, Duration life) throws IOException {
        return bucket.link(BlobStore.key(digest), life);
    }

    @Override
    public void close() {
        bucket.close();
    }
}
