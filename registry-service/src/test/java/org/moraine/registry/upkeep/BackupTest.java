package org.moraine.registry.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.minio.CopyObjectArgs;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.Result;
import io.minio.SourceObject;
import io.minio.messages.Item;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.junit.jupiter.api.Test;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.registry.RegistryTest;
import org.moraine.registry.blob.GarbageCollector;
import org.moraine.registry.retire.Purge;
import org.postgresql.PGConnection;

/**
 * Does what BACKUP.md says, while the registry works: a hold, one snapshot of the schema (COPY, as pg_dump reads it), a copy
 * of the bucket; then everything is lost, and restored.
 */
@QuarkusTest
class BackupTest extends RegistryTest {

    /** In the order in which rows can be written. */
    private static final List<String> TABLES = List.of(
            "blobs",
            "adapters",
            "versions",
            "version_files",
            "aliases",
            "alias_moves",
            "alias_rules",
            "alias_proposals",
            "tags",
            "deprecations",
            "deletions",
            "retention_rules",
            "signatures",
            "brought",
            "upload_links",
            "webhooks",
            "webhook_deliveries",
            "mirrored_revisions",
            "upkeep_hold");

    private static final String HOLD = "/api/v1/upkeep/hold";

    private final AdapterName adapter = anAdapter();
    private final AdapterName changing = anAdapter();

    @Inject
    BlobStore store;

    @Inject
    GarbageCollector collector;

    @Inject
    Purge purge;

    private volatile boolean working = true;

    /** A file of the snapshot. */
    private record Kept(String address, String digest) {}

    @Test
    void whatASnapshotHasIsThereAgainAfterEverythingWasLost() throws Exception {
        for (int i = 0; i < 3; i++) {
            published(adapter, aJob(), Map.of("a", bytes(1000), "b", bytes(2_000_000)));
        }
        sendJson("PUT", "/api/v1/adapters/" + adapter + "/aliases/production", ACME, Map.of("version", 2));
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (MinioClient raw = MinioClient.builder()
                .endpoint(setting("endpoint"))
                .credentials(setting("access-key"), setting("secret-key"))
                .region("us-east-1")
                .build()) {
            Future<?> work = thread.submit(this::publishDeleteAndCollect);
            assertThat(sendJson(
                                    "PUT",
                                    HOLD,
                                    ADMIN,
                                    Map.of(
                                            "until",
                                            Instant.now().plusSeconds(600).toString()))
                            .statusCode())
                    .isEqualTo(204);
            List<Kept> kept = new ArrayList<>();
            Map<String, byte[]> snapshot = snapshot(kept);
            String copy = "backup-" + UUID.randomUUID();
            raw.makeBucket(MakeBucketArgs.builder().bucket(copy).build());
            copy(raw, setting("bucket"), copy);
            send("DELETE", HOLD, ADMIN, new byte[0]);
            working = false;
            work.get();
            assertThat(kept).hasSizeGreaterThanOrEqualTo(6);
            int lost = lost();

            loseEverything();
            restore(snapshot);
            assertThat(lost()).isGreaterThan(lost);
            copy(raw, copy, setting("bucket"));
            assertThat(lost()).isEqualTo(lost);
            send("DELETE", HOLD, ADMIN, new byte[0]);

            for (Kept file : kept) {
                assertThat(Digest.of(get(file.address, ACME).body()).hex())
                        .as(file.address)
                        .isEqualTo(file.digest);
            }
            assertThat(get("/" + adapter + "/resolve/production/a", ACME)
                            .headers()
                            .firstValue("X-Repo-Commit"))
                    .isEqualTo(
                            get("/" + adapter + "/resolve/v2/a", ACME).headers().firstValue("X-Repo-Commit"));
            assertThat(published(adapter, aJob(), Map.of("a", bytes(9))).version())
                    .isEqualTo(4);
            sendJson(
                    "PUT",
                    "/api/v1/adapters/" + adapter + "/aliases/production",
                    ACME,
                    Map.of("version", 3, "expected_version", 2));
            assertThat(json(get("/api/v1/adapters/" + adapter + "/aliases/production/moves", ACME))
                            .get("moves"))
                    .hasSize(2);
        } finally {
            working = false;
            thread.shutdown();
        }
    }

    /** How many blobs a dry round misses in the bucket. */
    private int lost() {
        return json(send("POST", "/api/v1/upkeep?dry_run=true", ADMIN, new byte[0]))
                .at("/collected/lost")
                .asInt();
    }

    /** What a restored snapshot has to be consistent against. */
    private Void publishDeleteAndCollect() throws Exception {
        for (int version = 1; working; version++) {
            published(changing, aJob(), Map.of("a", bytes(500)));
            if (version > 2) {
                send("DELETE", "/api/v1/adapters/" + changing + "/versions/" + (version - 2), ACME, new byte[0]);
            }
            purge.purge(later(), false);
            collector.collect(later(), false);
        }
        return null;
    }

    private Map<String, byte[]> snapshot(List<Kept> kept) throws Exception {
        return jdbi.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, handle -> {
            assertThat(handle.select("""
                            SELECT tablename FROM pg_tables WHERE schemaname = 'registry'
                            AND tablename <> 'flyway_schema_history'""").mapTo(String.class).list())
                    .as("tables of a backup")
                    .containsExactlyInAnyOrderElementsOf(TABLES);
            handle.select("""
                            SELECT a.team || '/' || a.adapter || '/resolve/v' || v.version || '/' || f.path AS address, f.digest
                            FROM live_versions v JOIN adapters a ON a.id = v.adapter_id
                            JOIN version_files f ON f.adapter_id = v.adapter_id AND f.version = v.version
                            WHERE a.adapter IN (?, ?)""", adapter.adapter(), changing.adapter())
                    .map((row, context) -> new Kept("/" + row.getString("address"), row.getString("digest")))
                    .forEach(kept::add);
            Map<String, byte[]> tables = new LinkedHashMap<>();
            for (String table : TABLES) {
                ByteArrayOutputStream rows = new ByteArrayOutputStream();
                postgres(handle).getCopyAPI().copyOut("COPY " + table + " TO STDOUT (FORMAT binary)", rows);
                tables.put(table, rows.toByteArray());
            }
            return tables;
        });
    }

    private void loseEverything() throws Exception {
        for (AdapterName each : List.of(adapter, changing)) {
            send("DELETE", "/api/v1/adapters/" + each, ACME, new byte[0]);
        }
        purge.purge(later(), false);
        collector.collect(later(), false);
        jdbi.useHandle(handle -> handle.execute("TRUNCATE " + String.join(", ", TABLES)));
        assertThat(get("/" + adapter + "/resolve/v1/a", ACME).statusCode()).isEqualTo(404);
    }

    private void restore(Map<String, byte[]> snapshot) throws Exception {
        jdbi.useTransaction(handle -> {
            for (Map.Entry<String, byte[]> table : snapshot.entrySet()) {
                postgres(handle)
                        .getCopyAPI()
                        .copyIn(
                                "COPY " + table.getKey() + " FROM STDIN (FORMAT binary)",
                                new ByteArrayInputStream(table.getValue()));
            }
        });
    }

    private static PGConnection postgres(Handle handle) throws Exception {
        return handle.getConnection().unwrap(PGConnection.class);
    }

    /** Copies the blobs of one bucket that the other has not. */
    private static void copy(MinioClient raw, String from, String to) throws Exception {
        for (Result<Item> found : raw.listObjects(ListObjectsArgs.builder()
                .bucket(from)
                .prefix("blobs/")
                .recursive(true)
                .build())) {
            String object = found.get().objectName();
            if (object.matches("blobs/../[0-9a-f]{64}")) {
                raw.copyObject(CopyObjectArgs.builder()
                        .bucket(to)
                        .object(object)
                        .source(SourceObject.builder()
                                .bucket(from)
                                .object(object)
                                .build())
                        .build());
            }
        }
    }

    private static Instant later() {
        return Instant.now().plusSeconds(60);
    }
}
