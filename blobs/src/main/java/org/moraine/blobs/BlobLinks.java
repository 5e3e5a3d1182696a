package org.moraine.blobs;

import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.MinioAsyncClient;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.moraine.contracts.Digest;

/**
 * Links by which whoever holds one reads one blob from the store itself, without a key, for a short time. They are made
 * without asking the store; whether a blob is there is not looked at.
 */
public final class BlobLinks implements AutoCloseable {

    private static final Duration READ = Duration.ofMinutes(1);

    private final String bucket;
    private final MinioAsyncClient client;

    /** The bucket with the endpoint at which readers reach its store, which need not be ours. */
    public BlobLinks(Bucket bucket) {
        this.bucket = bucket.name();
        this.client = BucketClient.connect(bucket.store(), READ);
    }

    /** A link to read a blob with. */
    public URI read(Digest digest, Duration life) throws IOException {
        try {
            return URI.create(client.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                    .method(Http.Method.GET)
                    .bucket(bucket)
                    .object(BlobStore.key(digest))
                    .expiry(Math.toIntExact(life.toSeconds()))
                    .build()));
        } catch (MinioException e) {
            throw Answer.translated(e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
