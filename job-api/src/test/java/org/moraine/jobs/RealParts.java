package org.moraine.jobs;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.moraine.stack.Broker;
import org.moraine.stack.Database;
import org.moraine.stack.ObjectStore;

/** A real database, broker and object store for one run of the tests, on ports that are free. */
public class RealParts implements QuarkusTestResourceLifecycleManager {

    /** The workers' key in tests. */
    public static final String WORKER_KEY = "the-workers-key-of-the-tests";

    /** The admin key in tests. */
    static final String ADMIN_KEY = "the-admin-key-of-the-tests";

    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private final Path folder = newFolder();

    @Override
    public Map<String, String> start() {
        CompletableFuture<Broker> starting =
                CompletableFuture.supplyAsync(() -> Broker.start(folder.resolve("kafka"), 0));
        Database database = Database.start(folder.resolve("postgres"), 0);
        running.push(database);
        ObjectStore store = ObjectStore.start(folder.resolve("s3"), 0);
        running.push(store);
        Broker broker = starting.join();
        running.push(broker);
        Map<String, String> environment = new HashMap<>();
        environment.put("MORAINE_DATABASE_URL", database.jdbcUrl());
        environment.put("MORAINE_ACCESS_PASSWORD", database.password("moraine_access"));
        environment.put("MORAINE_JOBS_PASSWORD", database.password("moraine_jobs"));
        environment.put("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers());
        environment.put("MORAINE_S3_ENDPOINT", store.endpoint());
        environment.put("MORAINE_S3_ACCESS_KEY", store.accessKey());
        environment.put("MORAINE_S3_SECRET_KEY", store.secretKey());
        environment.put("MORAINE_WORKER_KEY", WORKER_KEY);
        environment.put("MORAINE_ADMIN_KEY", ADMIN_KEY);
        environment.put("MORAINE_MODELS", System.getProperty("moraine.models"));
        environment.put("MORAINE_MODEL_CACHE", folder.resolve("models").toString());
        environment.put("HF_ENDPOINT", "http://127.0.0.1:9"); // nobody there
        environment.put("moraine.files.largest-file", "20M");
        environment.put("moraine.files.upload-patience", "PT1S");
        environment.put("quarkus.http.test-port", "0");
        return environment;
    }

    private static Path newFolder() {
        try {
            return Files.createTempDirectory("moraine-job-api");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {
        try {
            while (!running.isEmpty()) {
                running.pop().close();
            }
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (Exception e) {
            throw new IllegalStateException("The parts did not stop", e);
        }
    }
}
