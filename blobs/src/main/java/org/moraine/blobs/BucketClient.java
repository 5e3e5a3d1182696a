package org.moraine.blobs;

import io.minio.AbortMultipartUploadArgs;
import io.minio.BucketExistsArgs;
import io.minio.CopyObjectArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.GetPresignedObjectUrlArgs;
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
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;

/** The S3 calls that are made, on one bucket through the MinIO SDK; knows keys, not digests. */
final class BucketClient implements AutoCloseable {

    static final Http.Headers ONLY_NEW = new Http.Headers(Map.of("If-None-Match", "*"));

    /** The least bytes of a part of an object that is not its last one. */
    static final int LEAST_PART = 5 << 20;

    private static final int MOST_AT_ONCE = 128;
    private static final int MOST_LISTED = 10_000;
    private static final Duration READ = Duration.ofMinutes(5);
    private static final Duration LINK = Duration.ofHours(1); // used at once; the store's clock may be ahead of ours

    private final String name;
    private final MinioAsyncClient client;
    private final Duration wait;

    BucketClient(Bucket bucket) {
        this(connect(bucket.store(), READ), bucket.name(), READ);
    }

    /** Takes for how long a reader waits for more bytes, as {@link #connect} does. */
    BucketClient(MinioAsyncClient client, String name, Duration wait) {
        this.client = client;
        this.name = name;
        this.wait = wait;
    }

    /** What lies right under a prefix: its name after it, its size and its ETag. */
    record Listed(String name, long size, String etag) {}

    /** Takes for how long a reader waits for more bytes; asks nobody yet. */
    static MinioAsyncClient connect(Store store, Duration read) {
        return MinioAsyncClient.builder()
                .endpoint(store.endpoint().toString())
                .region(store.region())
                .credentials(store.accessKey(), store.secretKey())
                .httpClient(httpClient(read), true)
                .build();
    }

    private static OkHttpClient httpClient(Duration read) {
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(MOST_AT_ONCE);
        dispatcher.setMaxRequestsPerHost(MOST_AT_ONCE); // it is one host only; the default of 5 would queue reads
        return new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .protocols(List.of(Protocol.HTTP_1_1))
                .addInterceptor(new Http.StatusRetryInterceptor()) // the SDK's: tries again where the store is overrun
                .connectTimeout(Duration.ofSeconds(5))
                .readTimeout(read)
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
        return open(key, null, GetObjectArgs.builder(), null);
    }

    InputStream read(String key, long from, long length) throws IOException {
        String range = "bytes=" + from + "-" + (from + length - 1);
        return open(key, range, GetObjectArgs.builder().offset(from).length(length), null);
    }

    /** As {@link #read(String)}; throws where the object's ETag is another than the one told. */
    InputStream read(String key, String etag) throws IOException {
        return open(key, null, GetObjectArgs.builder(), etag);
    }

    /** What the store does not simply give is asked for by the SDK, which tries again, or says what the store says. */
    private InputStream open(String key, @Nullable String range, GetObjectArgs.Builder what, @Nullable String etag)
            throws IOException {
        Optional<ObjectBytes> bytes;
        try {
            bytes = ObjectBytes.open(link(key, LINK), range, wait);
        } catch (IOException e) {
            throw Answer.translated(e);
        }
        return bytes.isPresent() ? ofTag(etag, bytes.get().etag(), key, bytes.get()) : slowly(key, what, etag);
    }

    private InputStream slowly(String key, GetObjectArgs.Builder what, @Nullable String etag) throws IOException {
        try {
            GetObjectResponse object =
                    Answer.of(client.getObject(what.bucket(name).object(key).build()));
            return ofTag(etag, bare(object.headers().get("ETag")), key, object);
        } catch (Answer.Absent e) {
            throw new NoSuchFileException(key, null, "not in the bucket " + name);
        }
    }

    private static InputStream ofTag(@Nullable String wanted, String etag, String key, InputStream bytes)
            throws IOException {
        if (wanted != null && !wanted.equals(etag)) {
            bytes.close();
            throw new IOException(key + " changed while it was read");
        }
        return bytes;
    }

    /** A link by which whoever holds it reads an object; made without asking the store. */
    URI link(String key, Duration life) throws IOException {
        try {
            return URI.create(client.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                    .method(Http.Method.GET)
                    .bucket(name)
                    .object(key)
                    .expiry(Math.toIntExact(life.toSeconds()))
                    .build()));
        } catch (MinioException e) {
            throw Answer.translated(e);
        }
    }

    /** The names of the objects right under a prefix that ends with a slash, where they are older than a moment. */
    List<String> listBefore(String prefix, ZonedDateTime before) throws IOException {
        return items(ListObjectsArgs.builder().bucket(name).prefix(prefix), Integer.MAX_VALUE).stream()
                .filter(item -> !item.isDir() && item.lastModified().isBefore(before))
                .map(item -> item.objectName().substring(prefix.length()))
                .toList();
    }

    /** The objects right under a prefix that ends with a slash; throws where they are very many. */
    List<Listed> list(String prefix) throws IOException {
        List<Listed> listed = new ArrayList<>();
        for (Item item : items(ListObjectsArgs.builder().bucket(name).prefix(prefix), MOST_LISTED)) {
            if (!item.isDir()) {
                String after = item.objectName().substring(prefix.length());
                listed.add(new Listed(after, item.size(), bare(item.etag())));
            }
        }
        return listed;
    }

    private List<Item> items(ListObjectsArgs.Builder what, int most) throws IOException {
        List<Item> items = new ArrayList<>();
        try {
            for (Result<Item> found : client.listObjects(what.build())) {
                if (items.size() == most) {
                    throw new IOException("There are more than " + most + " objects under the prefix");
                }
                items.add(found.get());
            }
            return items;
        } catch (MinioException e) {
            throw Answer.translated(e);
        } catch (IllegalStateException e) {
            throw Answer.translated(e.getCause() == null ? e : e.getCause()); // the SDK's wrapping of a lost connection
        }
    }

    private static String bare(@Nullable String etag) {
        return etag == null ? "" : etag.replace("\"", "");
    }

    void delete(String key) throws IOException {
        Answer.of(client.removeObject(
                RemoveObjectArgs.builder().bucket(name).object(key).build()));
    }

    /** Removes the objects and the folders right under a prefix, where all of it is older than a moment. */
    void removeAbandoned(String prefix, ZonedDateTime before) throws IOException {
        Map<String, List<Item>> found =
                items(ListObjectsArgs.builder().bucket(name).prefix(prefix).recursive(true), Integer.MAX_VALUE).stream()
                        .collect(Collectors.groupingBy(item ->
                                item.objectName().substring(prefix.length()).split("/", 2)[0]));
        for (List<Item> items : found.values()) {
            if (items.stream().allMatch(item -> item.lastModified().isBefore(before))) {
                for (Item item : items) {
                    delete(item.objectName());
                }
            }
        }
    }

    /** Gives up the unfinished uploads that are older than a moment. */
    void abortUnfinished(ZonedDateTime before) throws IOException {
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

    @Override
    public void close() {
        client.close();
    }
}
