package org.moraine.blobs;

import io.minio.MinioAsyncClient;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.moraine.stack.StoreOfTests;

/** The real store that the tests run on. */
final class TestStore implements Closeable {

    private final StoreOfTests store;

    private final Path folder;

    private TestStore(StoreOfTests store, Path folder) {
        this.store = store;
        this.folder = folder;
    }

    static TestStore start() throws IOException {
        Path folder = Files.createTempDirectory("moraine-blobs-test");
        return new TestStore(StoreOfTests.start(folder), folder);
    }

    boolean isOurOwn() {
        return store.own() != null;
    }

    Store store() {
        return new Store(URI.create(store.endpoint()), Store.USUAL_REGION, store.accessKey(), store.secretKey());
    }

    Bucket bucket(String name) {
        return new Bucket(store(), name);
    }

    /** The store through the SDK itself. */
    MinioAsyncClient raw() {
        Store store = store();
        return MinioAsyncClient.builder()
                .endpoint(store.endpoint().toString())
                .region(store.region())
                .credentials(store.accessKey(), store.secretKey())
                .build();
    }

    @Override
    public void close() throws IOException {
        store.close();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }
}
