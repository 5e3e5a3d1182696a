package org.moraine.registry.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobId;
import org.moraine.registry.RegistryTest;
import org.moraine.registry.blob.GarbageCollector;
import org.moraine.registry.blob.Scrubber;
import org.moraine.registry.retire.Purge;

@QuarkusTest
class UpkeepTest extends RegistryTest {

    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

    private final AdapterName adapter = anAdapter();
    private final String path = "/api/v1/adapters/" + adapter;

    @Inject
    BlobStore store;

    @Inject
    GarbageCollector collector;

    @Inject
    Scrubber scrubber;

    @Inject
    Purge purge;

    /** The shares that a test's blobs are in; all others stay as other tests left them. */
    private final Set<Integer> shares = new HashSet<>();

    /** What is lost in them already. */
    private int lostBefore;

    /** Bytes in whose share nothing is loose. */
    private byte[] fresh(int size) throws Exception {
        byte[] bytes = bytes(size);
        int share = Integer.parseInt(Digest.of(bytes).hex().substring(0, 2), 16);
        if (shares.add(share)) {
            lostBefore += collector.collect(share, later(), false).lost();
        }
        return bytes;
    }

    private GarbageCollector.Collected collect(Instant before, boolean dry) throws Exception {
        GarbageCollector.Collected all = new GarbageCollector.Collected(0, 0, 0, 0);
        for (int share : shares) {
            all = all.plus(collector.collect(share, before, dry));
        }
        return all;
    }

    @Test
    void aBlobThatNoVersionHasGoesAfterItsGrace() throws Exception {
        byte[] loose = fresh(100);
        byte[] held = fresh(200);
        putBlob(loose);
        published(adapter, aJob(), Map.of("held", held));

        assertThat(collect(LONG_AGO, false).blobs()).isZero();
        assertThat(store.size(Digest.of(loose))).isPresent();
        assertThat(collect(later(), true)).isEqualTo(new GarbageCollector.Collected(1, 100, 0, lostBefore));
        assertThat(store.size(Digest.of(loose))).as("that was dry").isPresent();
        assertThat(collect(later(), false)).isEqualTo(new GarbageCollector.Collected(1, 100, 0, lostBefore));

        assertThat(store.size(Digest.of(loose))).isEmpty();
        assertThat(head("/api/v1/blobs/" + Digest.of(loose), WORKER).statusCode())
                .isEqualTo(404);
        assertThat(get("/" + adapter + "/resolve/v1/held", ACME).body()).isEqualTo(held);
    }

    @Test
    void underAHoldNothingGoes() throws Exception {
        byte[] loose = fresh(100);
        byte[] stray = fresh(200);
        putBlob(loose);
        store.put(Digest.of(stray), stray.length, new ByteArrayInputStream(stray));
        String hold = "/api/v1/upkeep/hold";
        assertThat(sendJson(
                                "PUT",
                                hold,
                                ADMIN,
                                Map.of(
                                        "until",
                                        Instant.now().plus(Duration.ofDays(8)).toString()))
                        .statusCode())
                .isEqualTo(400);
        Instant until = Instant.now().plusSeconds(60).truncatedTo(ChronoUnit.SECONDS);
        sendJson("PUT", hold, ADMIN, Map.of("until", until.toString()));

        assertThat(json(get(hold, ADMIN)).get("until").asText()).isEqualTo(until.toString());
        assertThat(collect(later(), false)).isEqualTo(new GarbageCollector.Collected(0, 0, 0, lostBefore));

        send("DELETE", hold, ADMIN, new byte[0]);
        assertThat(collect(later(), false)).isEqualTo(new GarbageCollector.Collected(1, 100, 1, lostBefore));
        assertThat(json(get(hold, ADMIN)).get("until").isNull()).isTrue();
    }

    @Test
    void aDeletedVersionHoldsItsBlobsUntilItIsPurged() throws Exception {
        byte[] first = fresh(100);
        byte[] shared = fresh(50);
        JobId job = aJob();
        published(adapter, job, Map.of("a", first, "shared", shared));
        published(adapter, aJob(), Map.of("a", bytes(70), "shared", shared));
        send("DELETE", path + "/versions/1", ACME, new byte[0]);

        purge.purge(LONG_AGO, false);
        collect(later(), false);
        assertThat(store.size(Digest.of(first))).as("it can come back").isPresent();

        assertThat(purge.purge(later(), true)).isPositive();
        purge.purge(later(), false);
        collect(later(), false);

        assertThat(store.size(Digest.of(first))).isEmpty();
        assertThat(store.size(Digest.of(shared))).isPresent();
        HttpResponse<byte[]> restored = send("POST", path + "/versions/1/restore", ACME, new byte[0]);
        assertThat(restored.statusCode()).isEqualTo(404);
        assertThat(json(restored).get("code").asText()).isEqualTo("version_purged");
        assertThat(json(get(path + "/deleted", ACME))).isEmpty();
        HttpResponse<byte[]> again = publish(adapter, aPublication(job, Map.of("a", first)));
        assertThat(json(again).get("version").asInt())
                .as("the job had its version")
                .isEqualTo(1);
    }

    @Test
    void whatACrashLeftBetweenBytesAndRowIsRemoved() throws Exception {
        byte[] bytes = fresh(3000);
        store.put(Digest.of(bytes), bytes.length, new ByteArrayInputStream(bytes));

        assertThat(collect(LONG_AGO, false).strays()).isZero();
        assertThat(collect(later(), false).strays()).isEqualTo(1);

        assertThat(store.size(Digest.of(bytes))).isEmpty();
        assertThat(putBlob(bytes).statusCode()).isEqualTo(201);
    }

    @Test
    void aPullThatRunsEndsWellWhileItsBlobIsCollected() throws Exception {
        byte[] bytes = fresh(9_000_000);
        published(adapter, aJob(), Map.of("a", bytes));
        try (InputStream pull = store.read(Digest.of(bytes), 0, bytes.length)) {
            byte[] begun = pull.readNBytes(1000);

            send("DELETE", path, ACME, new byte[0]);
            purge.purge(later(), false);
            collect(later(), false);

            assertThat(store.size(Digest.of(bytes))).isEmpty();
            assertThat(begun).hasSize(1000);
            assertThat(pull.readAllBytes()).hasSize(bytes.length - 1000);
        }
    }

    @Test
    void aLostBlobIsReportedAndSoundAgainWhenItIsSentAgain() throws Exception {
        byte[] bytes = fresh(2_000_000);
        published(adapter, aJob(), Map.of("a", bytes));
        store.delete(Digest.of(bytes));

        assertThat(collect(later(), true).lost()).isEqualTo(lostBefore + 1);
        collect(later(), false);

        assertThat(head("/api/v1/blobs/" + Digest.of(bytes), WORKER).statusCode())
                .as("a worker sends it again")
                .isEqualTo(404);
        putBlob(bytes);
        assertThat(get("/" + adapter + "/resolve/v1/a", ACME).body()).isEqualTo(bytes);
        assertThat(collect(later(), true).lost()).isEqualTo(lostBefore);
    }

    @Test
    void aChangedBlobIsFoundByTheScrubberAndMendedBySendingItAgain() throws Exception {
        scrubber.scrub(LONG_AGO, Long.MAX_VALUE); // what other tests damaged is known then
        byte[] bytes = fresh(2_000_000);
        published(adapter, aJob(), Map.of("a", bytes));
        byte[] changed = bytes.clone();
        changed[1_234_567] ^= 1;
        overwrite(Digest.of(bytes), changed, changed.length);

        Scrubber.Scrubbed found = scrubber.scrub(LONG_AGO, Long.MAX_VALUE);

        assertThat(found.damaged()).isEqualTo(1);
        assertThat(found.bytes()).isGreaterThanOrEqualTo(bytes.length);
        assertThat(scrubber.scrub(LONG_AGO, Long.MAX_VALUE).blobs())
                .as("all have been read")
                .isZero();
        assertThat(putBlob(bytes).statusCode()).isEqualTo(200);
        assertThat(get("/" + adapter + "/resolve/v1/a", ACME).body()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 9_000_000})
    void aChangedBlobIsSoundAgainWhenATeamCommitsItsBytes(int size) throws Exception {
        byte[] bytes = fresh(size);
        published(adapter, aJob(), Map.of("a", bytes));
        byte[] changed = bytes.clone();
        changed[size / 2] ^= 1;
        overwrite(Digest.of(bytes), changed, size);
        scrubber.scrub(LONG_AGO, Long.MAX_VALUE);

        HttpResponse<byte[]> committed =
                send("POST", "/api/models/" + adapter + "/commit/main", ACME, text("""
                {"key":"file","value":{"path":"b","encoding":"base64","content":"%s"}}
                """.formatted(
                                Base64.getEncoder().encodeToString(bytes))));

        assertThat(committed.statusCode()).isEqualTo(200);
        assertThat(get("/" + adapter + "/resolve/v1/a", ACME).body()).isEqualTo(bytes);
    }

    @Test
    void whoeverRunsThePlatformHasARoundAndSeesWhatItDid() throws Exception {
        assertThat(send("POST", "/api/v1/upkeep", ACME, new byte[0]).statusCode())
                .isEqualTo(403);
        scrubber.scrub(LONG_AGO, Long.MAX_VALUE); // what other tests damaged is known then
        JsonNode dry = json(send("POST", "/api/v1/upkeep?dry_run=true", ADMIN, new byte[0]));
        JsonNode round = json(send("POST", "/api/v1/upkeep", ADMIN, new byte[0]));

        assertThat(dry.get("dry").asBoolean()).isTrue();
        assertThat(dry.get("scrubbed").isNull()).isTrue();
        assertThat(round.at("/scrubbed/damaged").asInt()).isZero();
        assertThat(json(get("/api/v1/upkeep", ADMIN))).isEqualTo(round);
    }

    private static Instant later() {
        return Instant.now().plusSeconds(60);
    }
}
