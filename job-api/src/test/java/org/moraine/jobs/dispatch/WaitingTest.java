package org.moraine.jobs.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.Lease;
import org.moraine.contracts.WorkerKind;
import org.moraine.jobs.Client;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.SettableClock;
import org.moraine.jobs.Stage;

/** Workers of several kinds, and what a job says while it waits for one of them. */
@QuarkusTest
@WithTestResource(RealParts.class)
class WaitingTest {

    private static final WorkerKind SMALL = new WorkerKind(WorkerKind.Device.CPU, 1L << 28, true);
    private static final WorkerKind LARGE = new WorkerKind(WorkerKind.Device.GPU, 1L << 35, true);
    private static final WorkerKind OLD = new WorkerKind(WorkerKind.Device.GPU, 1L << 35, false);

    @Inject
    Stage stage;

    @Inject
    SettableClock clock;

    private Client team;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
    }

    @Test
    void aJobThatFitsNobodySaysSoAtOnceAndGoesToTheFirstThatItFits() {
        String job = stage.queuedJob(team);
        assertThat(reason(job)).isEqualTo("no_worker");
        try (PlayedWorker small = stage.worker("small", SMALL).idle()) {
            assertThat(reason(job)).isEqualTo("none_fits");
            assertThat(waiting(job).get("message").asText()).contains(SMALL.word(), "GB in float32");
            assertThat(small.dispatchesWithin(Duration.ofSeconds(2))).isEmpty();

            try (PlayedWorker large = stage.worker("large", LARGE)) {
                Lease lease = large.take();

                assertThat(lease.job().value()).isEqualTo(job);
                assertThat(waiting(job).isNull()).isTrue();
                assertThat(small.dispatchesWithin(Duration.ZERO)).isEmpty();
            }
        }
    }

    @Test
    void aJobOfBfloat16GoesToAWorkerThatHasIt() {
        String file = team.upload(Stage.GOOD_FILE);
        String job = team.post(
                        "/v1/fine_tuning/jobs",
                        Stage.request(file, Map.of("hyperparameters", Map.of("precision", "bf16"))))
                .ok()
                .get("id")
                .asText();
        stage.awaitStatus(team, job, "queued");
        try (PlayedWorker old = stage.worker("old", OLD).idle();
                PlayedWorker large = stage.worker("large", LARGE)) {
            assertThat(reason(job)).isEqualTo("busy");

            assertThat(large.take().job().value()).isEqualTo(job);
            assertThat(old.dispatchesWithin(Duration.ZERO)).isEmpty();
        }
    }

    @Test
    void jobsThatWaitForBusyWorkersSayTheirPlaces() {
        try (PlayedWorker worker = stage.worker("a")) {
            String first = stage.queuedJob(team);
            Lease lease = worker.take();
            assertThat(lease.job().value()).isEqualTo(first);
            String second = stage.queuedJob(team);
            String third = stage.queuedJob(team);
            String theirs = stage.queuedJob(stage.team("globex"));

            assertThat(waiting(second).get("position").asInt()).isEqualTo(2);
            assertThat(waiting(third).get("position").asInt()).isEqualTo(3);
            JsonNode listed =
                    stage.team("globex").get("/v1/fine_tuning/jobs").ok().at("/data/0");
            assertThat(listed.get("id").asText()).isEqualTo(theirs);
            assertThat(listed.at("/waiting/reason").asText()).isEqualTo("busy");
            assertThat(listed.at("/waiting/position").asInt()).isEqualTo(1);
        }
    }

    @Test
    void aDispatchWhoseWorkersAreGoneGoesToAnotherKind() {
        String job = stage.queuedJob(team);
        try (PlayedWorker gone = stage.worker("gone", OLD);
                PlayedWorker other = stage.worker("other", LARGE)) {
            gone.idle().nextDispatch();

            clock.advance(Duration.ofSeconds(61));

            Lease lease = other.take();
            assertThat(lease.job().value()).isEqualTo(job);
            assertThat(lease.attempt()).isEqualTo(1);
        }
    }

    private String reason(String job) {
        return waiting(job).get("reason").asText();
    }

    private JsonNode waiting(String job) {
        return team.get("/v1/fine_tuning/jobs/" + job).ok().get("waiting");
    }
}
