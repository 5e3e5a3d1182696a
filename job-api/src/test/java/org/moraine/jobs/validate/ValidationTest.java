package org.moraine.jobs.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.jobs.Client;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class ValidationTest {

    private static final String JOBS = "/v1/fine_tuning/jobs";

    @Inject
    Stage stage;

    private Client team;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
    }

    @Test
    void aGoodFileQueuesItsJob() {
        String job = stage.queuedJob(team);

        assertThat(team.get(JOBS + "/" + job + "/events").ok().get("data").findValuesAsText("message"))
                .element(0)
                .isEqualTo("Files validated, moving job to queued state");
    }

    @Test
    void aBrokenLineFailsTheJobByItsNumberAndNothingIsDispatched() {
        try (PlayedWorker worker = stage.worker("a").idle()) {
            String file = team.upload(Stage.GOOD_FILE + "{\"messages\": [broken\n" + Stage.GOOD_FILE);
            String id = team.post(JOBS, Stage.request(file, Map.of()))
                    .ok()
                    .get("id")
                    .asText();

            JsonNode job = stage.awaitStatus(team, id, "failed");

            assertThat(job.at("/error/code").asText()).isEqualTo("invalid_training_file");
            assertThat(job.at("/error/param").asText()).isEqualTo("training_file");
            assertThat(job.at("/error/message").asText()).contains("line 4").contains("not JSON");
            assertThat(job.get("finished_at").isNumber()).isTrue();
            assertThat(team.get(JOBS + "/" + id + "/events")
                            .ok()
                            .at("/data/0/level")
                            .asText())
                    .isEqualTo("error");
            assertThat(worker.dispatchesWithin(Duration.ofSeconds(2))).isEmpty();
        }
    }

    @Test
    void theReportOfAGoodFileCountsItsTokens() {
        String job = stage.queuedJob(team);

        JsonNode report = team.get(JOBS + "/" + job + "/validation").ok();

        assertThat(report.get("valid").asBoolean()).isTrue();
        assertThat(report.at("/lines/examples").asInt()).isEqualTo(3);
        assertThat(report.at("/tokens/total").asInt()).isGreaterThan(20);
        assertThat(report.at("/tokens/trained").asInt())
                .isPositive()
                .isLessThan(report.at("/tokens/total").asInt());
        assertThat(report.at("/warnings/0/code").asText()).isEqualTo("few_examples");
    }

    @Test
    void theReportOfABrokenFileNamesItsLines() {
        String file = team.upload("{\"text\": 5}\n" + Stage.GOOD_FILE + "{\"prompt\": \"a\", \"completion\": \"\"}");
        String id =
                team.post(JOBS, Stage.request(file, Map.of())).ok().get("id").asText();
        stage.awaitStatus(team, id, "failed");

        JsonNode report = team.get(JOBS + "/" + id + "/validation").ok();

        assertThat(report.get("valid").asBoolean()).isFalse();
        assertThat(report.get("message").asText()).contains("line 1").contains("line 5");
        assertThat(report.get("problems").findValuesAsText("kind")).containsExactly("broken", "nothing_to_learn");
        assertThat(report.get("problems").findValuesAsText("column")).containsExactly("10", "31");
        assertThat(stage.team("other").get(JOBS + "/" + id + "/validation").status())
                .isEqualTo(404);
    }

    @Test
    void aFileOfBrokenLinesOnlyIsAcceptedAndFails() {
        String file = team.upload("{\"messages\": [broken\n");

        String id =
                team.post(JOBS, Stage.request(file, Map.of())).ok().get("id").asText();

        JsonNode job = stage.awaitStatus(team, id, "failed");
        assertThat(job.at("/error/message").asText()).contains("line 1");
    }

    @Test
    void aJobThatWasLeftInValidationIsTakenUp() {
        String job = stage.queuedJob(team);

        stage.database()
                .useHandle(handle ->
                        handle.execute("UPDATE jobs SET status = 'validating_files', due_at = NULL WHERE id = ?", job));

        stage.awaitStatus(team, job, "queued");
    }

    @Test
    void aDeletedFileIsKeptUntilItsJobHasEnded() {
        String file = team.upload(Stage.GOOD_FILE);
        String job =
                team.post(JOBS, Stage.request(file, Map.of())).ok().get("id").asText();

        team.delete("/v1/files/" + file).ok();

        stage.awaitStatus(team, job, "queued");
        await().untilAsserted(
                        () -> assertThat(team.get("/v1/files/" + file).status()).isEqualTo(404));
        try (PlayedWorker worker = stage.worker("a")) {
            assertThat(worker.trainingFile(worker.take()).text()).isEqualTo(Stage.GOOD_FILE);
        }
    }
}
