package org.moraine.jobs.estimate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.jobs.Client;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class EstimateTest {

    private static final String ESTIMATE = "/v1/fine_tuning/estimate";

    @Inject
    Stage stage;

    private Client team;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
    }

    @Test
    void aTryTellsWhatTheTrainingTakesAndMakesNothing() {
        String file = team.upload(Stage.GOOD_FILE);
        Map<String, Object> request = Stage.request(
                file, Map.of("validation_file", file, "hyperparameters", Map.of("n_epochs", 5, "batch_size", 2)));

        JsonNode alone = team.post(ESTIMATE, request).ok();

        assertThat(alone.get("object").asText()).isEqualTo("fine_tuning.estimate");
        assertThat(alone.get("valid").asBoolean()).isTrue();
        assertThat(alone.at("/hyperparameters/rank").asInt()).isEqualTo(8);
        assertThat(alone.at("/training_file/id").asText()).isEqualTo(file);
        assertThat(alone.at("/validation_file/tokens/total").asInt()).isPositive();
        JsonNode training = alone.get("training");
        assertThat(training.get("examples").asInt()).isEqualTo(3);
        assertThat(training.get("steps").asInt()).isEqualTo(5 * 2);
        assertThat(training.get("tokens_per_epoch")).isEqualTo(alone.at("/training_file/tokens/total"));
        assertThat(training.get("tokens").asLong())
                .isEqualTo(5 * training.get("tokens_per_epoch").asLong());
        assertThat(training.get("trainable_parameters").asLong()).isPositive();
        assertThat(training.at("/memory/fp32/kept").asLong())
                .isGreaterThan(training.at("/memory/fp32/recomputed").asLong())
                .isGreaterThan(training.at("/memory/bf16/kept").asLong());
        assertThat(training.get("seconds").isNull()).isTrue();
        assertThat(alone.at("/queue/waiting/reason").asText()).isEqualTo("no_worker");
        assertThat(team.get("/v1/fine_tuning/jobs").ok().get("data")).isEmpty();
    }

    @Test
    void aTryTellsThePlaceInTheQueueAndTheTimeOnTheWorkerThatIsThere() {
        stage.queuedJob(team);
        stage.queuedJob(stage.team("globex"));
        String file = team.upload(Stage.GOOD_FILE);
        try (PlayedWorker worker = stage.worker("a")) {
            worker.says(true);

            JsonNode estimate =
                    team.post(ESTIMATE, Stage.request(file, Map.of())).ok();

            assertThat(estimate.at("/training/seconds").asDouble()).isPositive();
            assertThat(estimate.at("/queue/position").asInt()).isEqualTo(3);
            assertThat(estimate.at("/queue/waiting/reason").asText()).isEqualTo("busy");
        }
    }

    @Test
    void aTryOfABrokenFileNamesItsLines() {
        String file = team.upload(Stage.GOOD_FILE + "{\"text\": 5}\n");

        JsonNode estimate = team.post(ESTIMATE, Stage.request(file, Map.of())).ok();

        assertThat(estimate.get("valid").asBoolean()).isFalse();
        assertThat(estimate.get("message").asText()).contains("line 4");
        assertThat(estimate.at("/training_file/problems/0/line").asInt()).isEqualTo(4);
        assertThat(estimate.get("training").isNull()).isTrue();
    }

    @Test
    void aTryIsRefusedAsTheJobWouldBe() {
        String file = team.upload(Stage.GOOD_FILE);
        Map<String, Object> request =
                Stage.request(file, Map.of("hyperparameters", Map.of("rank", 4, "validation_split", 1)));

        Client.Answer tried = team.post(ESTIMATE, request);

        assertThat(tried.status()).isEqualTo(400);
        assertThat(tried.text())
                .isEqualTo(team.post("/v1/fine_tuning/jobs", request).text());
        assertThat(team.post(ESTIMATE, Stage.request("file-none", Map.of()))
                        .json()
                        .at("/error/param")
                        .asText())
                .isEqualTo("training_file");
    }
}
