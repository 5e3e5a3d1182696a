package org.moraine.stack;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The S3 server that tests run on: the one that {@code MORAINE_TEST_S3_ENDPOINT}, {@code MORAINE_TEST_S3_ACCESS_KEY} and
 * {@code MORAINE_TEST_S3_SECRET_KEY} name, else an S3Proxy of their own.
 *
 * @param own null where another server is named
 */
public record StoreOfTests(
        String endpoint,
        String accessKey,
        String secretKey,
        @Nullable ObjectStore own) implements AutoCloseable {

    /** Takes where an own server keeps its data; {@link StackException} as {@link ObjectStore#start}. */
    public static StoreOfTests start(Path dataFolder) {
        String endpoint = System.getenv("MORAINE_TEST_S3_ENDPOINT");
        if (endpoint != null) {
            return new StoreOfTests(
                    endpoint, named("MORAINE_TEST_S3_ACCESS_KEY"), named("MORAINE_TEST_S3_SECRET_KEY"), null);
        }
        ObjectStore own = ObjectStore.start(dataFolder, 0);
        return new StoreOfTests(own.endpoint(), own.accessKey(), own.secretKey(), own);
    }

    private static String named(String variable) {
        return Objects.requireNonNull(System.getenv(variable), variable + " goes with MORAINE_TEST_S3_ENDPOINT");
    }

    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }
}
