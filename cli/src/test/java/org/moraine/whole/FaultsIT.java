package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * While jobs are at this station or that, parts of the stack are killed with -9, the services' connections to database,
 * broker and object store are cut, silenced and slowed, and a job's messages come again in another order. The history
 * that clients saw is held against what is promised: every accepted job ends once, in one version, no status goes back,
 * no step is lost or told twice.
 *
 * <p>{@code -Dmoraine.faults.rounds=42} takes every station with everything that can happen at it: a round kills twice,
 * and does four gentler things. {@code -Dmoraine.faults.seed} decides which come first, and how long each lasts.
 */
class FaultsIT {

    private static final int STEPS = 60;
    private static final int KILLS_IN_A_ROUND = 2;
    private static final int OTHERS_IN_A_ROUND = 4;
    private static final int LONGEST_AWAY = 3000;
    private static final List<String> ORDER = List.of("validating_files", "queued", "running", "succeeded");

    private final Stack stack = Stack.shared();

    @TempDir
    Path folder;

    @Test
    void whateverHappensEveryJobEndsOnceInOneVersionAndNothingGoesBack() throws Exception {
        long seed = Long.getLong("moraine.faults.seed", 1);
        int rounds = Integer.getInteger("moraine.faults.rounds", 1);
        Random random = new Random(seed);
        List<Fault> kills = new ArrayList<>(Fault.kills());
        List<Fault> others = new ArrayList<>(Fault.ofConnections());
        Collections.shuffle(kills, random);
        Collections.shuffle(others, random);
        String file = stack.upload(TrainingText.lines(40));
        for (int round = 0; round < rounds; round++) {
            List<Fault> faults = new ArrayList<>();
            take(KILLS_IN_A_ROUND, kills, faults, random);
            take(OTHERS_IN_A_ROUND, others, faults, random);
            faults.sort(Comparator.comparing(Fault::station));
            System.out.println("round " + round + " of seed " + seed + ": " + faults);
            strike(faults, "fault-" + seed + "-" + round, file, random);
        }
    }

    private static void take(int count, List<Fault> from, List<Fault> to, Random random) {
        for (int i = 0; i < count && !from.isEmpty(); i++) {
            to.add(from.remove(0).lasting(Duration.ofMillis(random.nextInt(LONGEST_AWAY))));
        }
    }

    private void strike(List<Fault> faults, String name, String file, Random random) throws Exception {
        String job = stack.submit(file, name, Map.of("steps", STEPS, "batch_size", 8));
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            CompletableFuture<SeenJob> seen =
                    CompletableFuture.supplyAsync(() -> new SeenJob().watch(stack, job), threads);
            for (Fault fault : faults) {
                fault.strike(stack, job, seen::isDone, random);
            }
            assertThat(seen.get().statuses())
                    .as(name)
                    .isSubsetOf(ORDER)
                    .endsWith("succeeded")
                    .isSortedAccordingTo((one, other) -> Integer.compare(ORDER.indexOf(one), ORDER.indexOf(other)));
        } finally {
            threads.shutdown();
        }
        assertIsWhole(job, name);
    }

    private void assertIsWhole(String job, String name) throws Exception {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .ignoreException(UncheckedIOException.class)
                .until(() -> stack.job(job).has("status")
                        && stack.registry().get("/api/models").status() == 200);
        JsonNode ended = stack.job(job);
        assertThat(ended.path("adapter").path("version").asInt()).isEqualTo(1);
        assertThat(stack.steps(job))
                .containsExactlyElementsOf(IntStream.iterate(STEPS, step -> step - 1)
                        .limit(STEPS)
                        .boxed()
                        .toList());
        assertThat(stack.messages(job))
                .containsOnlyOnce("The job has successfully completed")
                .filteredOn(message -> message.startsWith("New fine-tuned model created"))
                .hasSize(1);
        assertThat(stack.pull("local/" + name, "v1", folder.resolve(name)).files())
                .isNotEmpty();
        assertThat(stack.registry()
                        .head("/local/" + name + "/resolve/v2/adapter_config.json")
                        .status())
                .isEqualTo(404);
    }
}
