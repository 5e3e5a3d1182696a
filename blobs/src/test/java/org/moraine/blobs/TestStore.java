package org.moraine.blobs;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.moraine.stack.ObjectStore;

/** The real store that the tests run on: the one that MORAINE_TEST_S3_ENDPOINT names, else an S3Proxy of our own. */
final class TestStore implements AutoCloseable {

    private final Optional<ObjectStore> own;

    private TestStore(Optional<ObjectStore> own) {
        this.own = own;
    }

    static TestStore start() throws IOException {
        if (System.getenv("MORAINE_TEST_S3_ENDPOINT") != null) {
            return new TestStore(Optional.empty());
        }
        Path folder = Files.createTempDirectory("moraine-blobs-test");
        return new TestStore(Optional.of(ObjectStore.start(folder, 0)));
    }

    boolean isOurOwn() {
        return own.isPresent();
    }

    Bucket bucket(String name) {
        return own.map(store -> new Bucket(
                        URI.create(store.endpoint().toString()),
                        "us-east-1",
                        name,
                        store.accessKey(),
                        store.secretKey()))
                .orElseGet(() -> new Bucket(
                        URI.create(System.getenv("MORAINE_TEST_S3_ENDPOINT")),
                        "us-east-1",
                        name,
                        System.getenv("MORAINE_TEST_S3_ACCESS_KEY"),
                        System.getenv("MORAINE_TEST_S3_SECRET_KEY")));
    }

    @Override
    public void close() {
        own.ifPresent(ObjectStore::close);
    }
}
