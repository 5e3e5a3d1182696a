package org.moraine.registry;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.moraine.stack.Database;
import org.moraine.stack.SigningKeyFiles;
import org.moraine.stack.StoreOfTests;

/**
 * The real parts that the registry stands on: a PostgreSQL, and an S3Proxy or the server that MORAINE_TEST_S3_ENDPOINT
 * names. Started once for all tests of the module.
 */
public final class Parts implements QuarkusTestResourceLifecycleManager {

    static final String WORKER_KEY = "worker-key-of-the-tests";
    static final String ADMIN_KEY = "admin-key-of-the-tests";
    static final String TEAM = "acme";
    /** The JavaScript client takes only keys that begin so. */
    static final String TEAM_KEY = "hf_keyOfAcmeInTheTests";

    private final Path folder = folder();
    private final OtherHub hub = new OtherHub();
    private @Nullable Database database;
    private @Nullable StoreOfTests store;

    @Override
    public Map<String, String> start() {
        database = Database.start(folder.resolve("database"), 0);
        Map<String, String> settings = new HashMap<>(storage(folder.resolve("store")));
        settings.put("MORAINE_DATABASE_URL", database.jdbcUrl());
        settings.put("MORAINE_ACCESS_PASSWORD", database.password("moraine_access"));
        settings.put("MORAINE_REGISTRY_PASSWORD", database.password("moraine_registry"));
        settings.put("MORAINE_WORKER_KEY", WORKER_KEY);
        settings.put("MORAINE_ADMIN_KEY", ADMIN_KEY);
        settings.put("MORAINE_BOOTSTRAP_TEAM", TEAM);
        settings.put("MORAINE_BOOTSTRAP_API_KEY", TEAM_KEY);
        SigningKeyFiles keys = SigningKeyFiles.in(folder.resolve("keys"));
        settings.put("moraine.signing.key-file", keys.secret().toString());
        settings.put("moraine.signing.public-key-file", keys.open().toString());
        settings.put("moraine.mirror.endpoint", hub.url());
        settings.put("moraine.mirror.ask-again", "PT0S");
        settings.put("moraine.webhook.loopback", "true");
        settings.put("moraine.webhook.every", "PT1H"); // a test sends what is due again itself
        settings.put("moraine.s3.bucket", "registry-test-" + UUID.randomUUID());
        return settings;
    }

    private Map<String, String> storage(Path folder) {
        store = StoreOfTests.start(folder);
        return Map.of(
                "MORAINE_S3_ENDPOINT", store.endpoint(),
                "MORAINE_S3_ACCESS_KEY", store.accessKey(),
                "MORAINE_S3_SECRET_KEY", store.secretKey());
    }

    private static Path folder() {
        try {
            return Files.createTempDirectory("moraine-registry-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void inject(TestInjector testInjector) {
        testInjector.injectIntoFields(hub, new TestInjector.MatchesType(OtherHub.class));
    }

    @Override
    public void stop() {
        hub.close();
        if (store != null) {
            store.close();
        }
        if (database != null) {
            database.close();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
