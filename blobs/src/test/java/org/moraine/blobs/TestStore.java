package org.moraine.blobs;

import io.minio.MinioAsyncClient;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.moraine.stack.ObjectStore;

/** The real store that the tests run on: the one that MORAINE_TEST_S3_ENDPOINT names, else an S3Proxy of our own. */
public final class TestStore implements Closeable {

    private final Optional<ObjectStore> own;

    private final Path folder;

    private TestStore(Optional<ObjectStore> own, Path folder) {
        this.own = own;
        this.folder = folder;
    }

    public static TestStore start() throws IOException {
        Path folder = Files.createTempDirectory("moraine-blobs-test");
        return System.getenv("MORAINE_TEST_S3_ENDPOINT") != null
                ? new TestStore(Optional.empty(), folder)
                : new TestStore(Optional.of(ObjectStore.start(folder, 0)), folder);
    }

    boolean isOurOwn() {
        return own.isPresent();
    }

    public Store store() {
        return own.map(store -> new Store(
                        URI.create(store.endpoint()), Store.USUAL_REGION, store.accessKey(), store.secretKey()))
                .orElseGet(() -> new Store(
                        URI.create(System.getenv("MORAINE_TEST_S3_ENDPOINT")),
                        Store.USUAL_REGION,
                        System.getenv("MORAINE_TEST_S3_ACCESS_KEY"),
                        System.getenv("MORAINE_TEST_S3_SECRET_KEY")));
    }

    Bucket bucket(String name) {
        return new Bucket(store(), name);
    }

    /** The store through the SDK itself. */
    public MinioAsyncClient raw() {
        Store store = store();
        return MinioAsyncClient.builder()
                .endpoint(store.endpoint().toString())
                .region(store.region())
                .credentials(store.accessKey(), store.secretKey())
                .build();
    }

    @Override
    public void close() throws IOException {
        own.ifPresent(ObjectStore::close);
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }
}
