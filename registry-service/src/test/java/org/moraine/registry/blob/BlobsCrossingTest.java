package org.moraine.registry.blob;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Publication;
import org.moraine.registry.RegistryTest;
import org.moraine.registry.retire.Purge;

/**
 * Publishes, pulls, deletes, restores, purges and collections at random and at once, over few contents that many versions
 * share, blobs without any grace: whatever is there is whole, and in the end nothing is left that nobody holds.
 */
@QuarkusTest
class BlobsCrossingTest extends RegistryTest {

    private static final int CONTENTS = 8;
    private static final int PUBLISHED_BY_EACH = 12;

    private final List<AdapterName> adapters = List.of(anAdapter(), anAdapter());
    private final List<byte[]> contents =
            Stream.generate(() -> bytes(20_000)).limit(CONTENTS).toList();
    private final Map<String, Map<String, byte[]>> made = new ConcurrentHashMap<>();
    private volatile boolean publishing = true;

    @Inject
    BlobStore store;

    @Inject
    GarbageCollector collector;

    @Inject
    Purge purge;

    @Test
    void nothingIsLostAndNothingIsLeft() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<?>> publishers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Random random = new Random(i);
                publishers.add(threads.submit(() -> publishAll(random)));
            }
            List<Future<?>> others = List.of(
                    threads.submit(() -> whilePublishing(new Random(10), this::pullOne)),
                    threads.submit(() -> whilePublishing(new Random(11), this::retireOne)),
                    threads.submit(() -> whilePublishing(new Random(12), random -> collectAll())));
            for (Future<?> publisher : publishers) {
                publisher.get();
            }
            publishing = false;
            for (Future<?> other : others) {
                other.get();
            }
        } finally {
            publishing = false;
            threads.shutdown();
        }

        int live = 0;
        for (String version : made.keySet()) {
            live += pull(version) ? 1 : 0;
        }
        assertThat(live).as("something was left to pull").isPositive();

        adapters.forEach(adapter -> send("DELETE", "/api/v1/adapters/" + adapter, ACME, new byte[0]));
        purge.purge(later(), false);
        collectAll();
        for (byte[] content : contents) {
            assertThat(store.size(Digest.of(content))).isEmpty();
        }
    }

    private interface Step {
        void take(Random random) throws Exception;
    }

    private Void whilePublishing(Random random, Step step) throws Exception {
        while (publishing) {
            step.take(random);
        }
        return null;
    }

    /** As a worker does, which sends again what it is told is missing. */
    private Void publishAll(Random random) {
        for (int i = 0; i < PUBLISHED_BY_EACH; i++) {
            AdapterName adapter = adapters.get(random.nextInt(adapters.size()));
            Map<String, byte[]> files = new HashMap<>();
            random.ints(3, 0, CONTENTS).forEach(at -> files.put("f" + files.size(), contents.get(at)));
            Publication publication = aPublication(aJob(), files);
            HttpResponse<byte[]> answer;
            do {
                files.values().forEach(this::sendWhereMissing);
                answer = publish(adapter, publication);
            } while (answer.statusCode() == 409
                    && json(answer).get("code").asText().equals("blobs_missing"));
            assertThat(answer.statusCode()).isEqualTo(201);
            made.put(adapter + "/resolve/v" + json(answer).get("version").asInt(), files);
        }
        return null;
    }

    private void sendWhereMissing(byte[] content) {
        while (head("/api/v1/blobs/" + Digest.of(content), WORKER).statusCode() == 404) {
            assertThat(putBlob(content).statusCode()).isIn(200, 201, 500); // 500: collected while it was sent
        }
    }

    private void pullOne(Random random) {
        List<String> versions = List.copyOf(made.keySet());
        if (!versions.isEmpty()) {
            boolean unused = pull(versions.get(random.nextInt(versions.size())));
        }
    }

    /** Whether a version is there; where it is it has all its bytes, unless it is deleted meanwhile. */
    private boolean pull(String version) {
        boolean there = true;
        for (Map.Entry<String, byte[]> file :
                made.getOrDefault(version, Map.of()).entrySet()) {
            HttpResponse<byte[]> answer = get("/" + version + "/" + file.getKey(), ACME);
            there &= answer.statusCode() == 200;
            assertThat(answer.statusCode()).isIn(200, 404);
            if (answer.statusCode() == 200) {
                assertThat(answer.body()).isEqualTo(file.getValue());
            }
        }
        return there;
    }

    private void retireOne(Random random) {
        AdapterName adapter = adapters.get(random.nextInt(adapters.size()));
        String path = "/api/v1/adapters/" + adapter;
        JsonNode deleted = json(get(path + "/deleted", ACME));
        switch (random.nextInt(4)) {
            case 0, 1 -> {
                int version = 1 + random.nextInt(PUBLISHED_BY_EACH);
                assertThat(send("DELETE", path + "/versions/" + version, ACME, new byte[0])
                                .statusCode())
                        .isIn(204, 404);
            }
            case 2 -> {
                if (deleted.isArray() && !deleted.isEmpty()) {
                    int version = deleted.at("/0/version").asInt();
                    assertThat(send("POST", path + "/versions/" + version + "/restore", ACME, new byte[0])
                                    .statusCode())
                            .isIn(200, 404);
                }
            }
            default -> purge.purge(Instant.now().minusSeconds(2), false); // longer than a pull takes to begin
        }
    }

    private void collectAll() throws Exception {
        for (byte[] content : contents) {
            collector.collect(Integer.parseInt(Digest.of(content).hex().substring(0, 2), 16), later(), false);
        }
    }

    private static Instant later() {
        return Instant.now().plusSeconds(60);
    }
}
