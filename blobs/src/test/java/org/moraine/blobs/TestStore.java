package org.moraine.blobs;

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
final class TestStore implements Closeable {

    private final Optional<ObjectStore> own;

    private final Path folder;

    private TestStore(Optional<ObjectStore> own, Path folder) {
        this.own = own;
        this.folder = folder;
    }

    static TestStore start() throws IOException {
        Path folder = Files.createTempDirectory("moraine-blobs-test");
        return System.getenv("MORAINE_TEST_S3_ENDPOINT") != null
                ? new TestStore(Optional.empty(), folder)
                : new TestStore(Optional.of(ObjectStore.start(folder, 0)), folder);
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
    public void close() throws IOException {
        own.ifPresent(ObjectStore::close);
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }
}
