package org.moraine.blobs;

import io.minio.AbortMultipartUploadArgs;
import io.minio.BucketExistsArgs;
import io.minio.CopyObjectArgs;
import io.minio.GetObjectArgs;
import io.minio.Http;
import io.minio.ListMultipartUploadsArgs;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioAsyncClient;
import io.minio.PutObjectAPIArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.SourceObject;
import io.minio.StatObjectArgs;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import io.minio.messages.ListMultipartUploadsResult.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.moraine.contracts.Digest;

/** The S3 calls that a {@link BlobStore} makes, on one bucket through the MinIO SDK; knows keys, not digests. */
final class BucketClient implements AutoCloseable {

    static final Http.Headers ONLY_NEW = new Http.Headers(Map.of("If-None-Match", "*"));

    private static final int MOST_AT_ONCE = 128;

    private final String name;
    private final MinioAsyncClient client;

    BucketClient(Bucket bucket) {
        this.name = bucket.name();
        this.client = MinioAsyncClient.builder()
                .endpoint(bucket.endpoint().toString())
                .region(bucket.region())
                .credentials(bucket.accessKey(), bucket.secretKey())
                .httpClient(httpClient(), true)
                .build();
    }

    private static OkHttpClient httpClient() {
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(MOST_AT_ONCE);
        dispatcher.setMaxRequestsPerHost(MOST_AT_ONCE); // it is one host only; the default of 5 would queue reads
        return new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .protocols(List.of(Protocol.HTTP_1_1))
                .addInterceptor(new Http.StatusRetryInterceptor()) // the SDK's: tries again where the store is overrun
                .connectTimeout(Duration.ofSeconds(5))
                .readTimeout(Duration.ofMinutes(5))
                .writeTimeout(Duration.ofMinutes(1))
                .build();
    }

    void make() throws IOException {
        try {
            if (!exists()) {
                Answer.of(
                        client.makeBucket(MakeBucketArgs.builder().bucket(name).build()));
            }
        } catch (Answer.ThereAlready e) {
            check(); // another made it at the same moment
        }
    }

    void check() throws IOException {
        if (!exists()) {
            throw new IOException("There is no bucket " + name);
        }
    }

    private boolean exists() throws IOException {
        return Answer.of(
                client.bucketExists(BucketExistsArgs.builder().bucket(name).build()));
    }

    /** Writes a whole object unless there is one of that key. */
    void put(String key, byte[] bytes, int length, Digest digest) throws IOException {
        try {
            Answer.of(client.putObject(PutObjectAPIArgs.builder()
                    .bucket(name)
                    .object(key)
                    .data(bytes, length)
                    .headers(new Http.Headers(Map.of("x-amz-content-sha256", digest.hex())))
                    .extraHeaders(ONLY_NEW)
                    .build()));
        } catch (Answer.ThereAlready e) {
            return; // the same bytes, since the key says so
        }
    }

    PartUpload startUpload(String key) throws IOException {
        return new PartUpload(client, name, key);
    }

    /** Copies within the store; big objects in parts. */
    void copy(String from, String to) throws IOException {
        Answer.of(client.copyObject(CopyObjectArgs.builder()
                .bucket(name)
                .object(to)
                .source(SourceObject.builder().bucket(name).object(from).build())
                .build()));
    }

    OptionalLong size(String key) throws IOException {
        try {
            return OptionalLong.of(Answer.of(client.statObject(
                            StatObjectArgs.builder().bucket(name).object(key).build()))
                    .size());
        } catch (Answer.Absent e) {
            return OptionalLong.empty();
        }
    }

    InputStream read(String key) throws IOException {
        return read(key, GetObjectArgs.builder());
    }

    InputStream read(String key, long from, long length) throws IOException {
        return read(key, GetObjectArgs.builder().offset(from).length(length));
    }

    private InputStream read(String key, GetObjectArgs.Builder what) throws IOException {
        try {
            return Answer.of(client.getObject(what.bucket(name).object(key).build()));
        } catch (Answer.Absent e) {
            throw new NoSuchFileException(key, null, "not in the bucket " + name);
        }
    }

    void delete(String key) throws IOException {
        Answer.of(client.removeObject(
                RemoveObjectArgs.builder().bucket(name).object(key).build()));
    }

    /** Removes objects under a prefix and unfinished uploads anywhere, where they are older than a moment. */
    void removeUnfinished(String prefix, ZonedDateTime before) throws IOException {
        for (Result<Item> found : client.listObjects(ListObjectsArgs.builder()
                .bucket(name)
                .prefix(prefix)
                .recursive(true)
                .build())) {
            Item item = item(found);
            if (item.lastModified().isBefore(before)) {
                delete(item.objectName());
            }
        }
        for (Upload upload : unfinishedUploads()) {
            if (upload.initiated().isBefore(before)) {
                Answer.of(client.abortMultipartUpload(AbortMultipartUploadArgs.builder()
                        .bucket(name)
                        .object(upload.objectName())
                        .uploadId(upload.uploadId())
                        .build()));
            }
        }
    }

    /** None on a MinIO server: its list has an empty field that the SDK refuses. It drops them by itself after a day. */
    private List<Upload> unfinishedUploads() throws IOException {
        try {
            return Answer.of(client.listMultipartUploads(
                            ListMultipartUploadsArgs.builder().bucket(name).build()))
                    .result()
                    .uploads();
        } catch (Answer.Unreadable e) {
            return List.of();
        }
    }

    private static Item item(Result<Item> found) throws IOException {
        try {
            return found.get();
        } catch (MinioException e) {
            throw Answer.translated(e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
