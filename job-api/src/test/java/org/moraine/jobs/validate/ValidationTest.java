package org.moraine.jobs.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.Lease;
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
        assertThat(report.at("/training_file/lines/examples").asInt()).isEqualTo(3);
        assertThat(report.at("/training_file/tokens/total").asInt()).isGreaterThan(20);
        assertThat(report.at("/training_file/tokens/trained").asInt())
                .isPositive()
                .isLessThan(report.at("/training_file/tokens/total").asInt());
        assertThat(report.at("/training_file/warnings/0/code").asText()).isEqualTo("few_examples");
    }

    @Test
    void jobsOfTheSameBytesHaveReportsOfTheirOwn() {
        String lines = Stage.GOOD_FILE + "{\"text\": \"said once, in this test alone\"}\n";
        String first = team.upload(lines);
        String second = team.upload(lines);
        List<String> jobs = new ArrayList<>();
        for (Map<String, ?> more : List.of(Map.<String, Object>of(), Map.of("validation_file", first))) {
            for (String file : List.of(first, second)) {
                jobs.add(team.post(JOBS, Stage.request(file, more))
                        .ok()
                        .get("id")
                        .asText());
            }
        }

        List<JsonNode> reports = jobs.stream()
                .map(job -> {
                    stage.awaitStatus(team, job, "queued");
                    return team.get(JOBS + "/" + job + "/validation").ok();
                })
                .toList();

        assertThat(reports).extracting(report -> report.get("job").asText()).isEqualTo(jobs);
        assertThat(reports)
                .extracting(report -> report.at("/training_file/id").asText())
                .containsExactly(first, second, first, second);
        assertThat(reports)
                .extracting(report -> report.at("/validation_file/id").asText())
                .containsExactly("", "", first, first);
        assertThat(reports)
                .extracting(report -> report.at("/training_file/lines/examples").asInt())
                .containsOnly(4);
    }

    @Test
    void aJobOfAFileThatWasJustLookedThroughWaitsForAWorkerAtOnceAndHasAllThatTheFirstOneHas() {
        String file = team.upload(Stage.GOOD_FILE + "{\"text\": \"of which a first and a second job are made\"}\n");
        JsonNode first = team.post(JOBS, Stage.request(file, Map.of())).ok();
        assertThat(first.get("status").asText()).isEqualTo("validating_files");
        stage.awaitStatus(team, first.get("id").asText(), "queued");

        JsonNode second = team.post(JOBS, Stage.request(file, Map.of())).ok();

        assertThat(second.get("status").asText()).isEqualTo("queued");
        assertThat(messages(second)).isEqualTo(messages(first));
        assertThat(needs(second)).isEqualTo(needs(first));
        assertThat(report(second)).isEqualTo(report(first));
        try (PlayedWorker worker = stage.worker("a")) {
            assertThat(List.of(worker.take().job().value(), worker.take().job().value()))
                    .containsExactly(first.get("id").asText(), second.get("id").asText());
        }
    }

    @Test
    void aJobOfAFileThatWasJustFoundBrokenFailsAsTheFirstOneDid() {
        String file = team.upload(Stage.GOOD_FILE + "{\"text\": 6}\n");
        List<JsonNode> ended = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            ended.add(stage.awaitStatus(
                    team,
                    team.post(JOBS, Stage.request(file, Map.of()))
                            .ok()
                            .get("id")
                            .asText(),
                    "failed"));
        }

        assertThat(ended.get(1).get("error")).isEqualTo(ended.get(0).get("error"));
        assertThat(report(ended.get(1))).isEqualTo(report(ended.get(0)));
    }

    /** Without the job's own id. */
    private List<String> messages(JsonNode job) {
        return team.get(path(job) + "/events").ok().get("data").findValuesAsText("message").stream()
                .map(message -> message.replace(job.get("id").asText(), "its id"))
                .toList();
    }

    private JsonNode report(JsonNode job) {
        return ((ObjectNode) team.get(path(job) + "/validation").ok()).without("job");
    }

    private Map<String, Object> needs(JsonNode job) {
        return stage.database()
                .withHandle(handle -> handle.select(
                                "SELECT needs_fp32, needs_bf16 FROM jobs WHERE id = ?",
                                job.get("id").asText())
                        .mapToMap()
                        .one());
    }

    private static String path(JsonNode job) {
        return JOBS + "/" + job.get("id").asText();
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
        assertThat(report.at("/training_file/problems").findValuesAsText("kind"))
                .containsExactly("broken", "nothing_to_learn");
        assertThat(report.at("/training_file/problems").findValuesAsText("column"))
                .containsExactly("10", "31");
        assertThat(stage.team("other").get(JOBS + "/" + id + "/validation").status())
                .isEqualTo(404);
    }

    @Test
    void aBrokenLineOfTheValidationFileFailsTheJobByItsNumber() {
        String file = team.upload(Stage.GOOD_FILE);
        String broken = team.upload(Stage.GOOD_FILE + "{\"text\": 5}\n");

        String id = team.post(JOBS, Stage.request(file, Map.of("validation_file", broken)))
                .ok()
                .get("id")
                .asText();

        JsonNode job = stage.awaitStatus(team, id, "failed");
        assertThat(job.at("/error/code").asText()).isEqualTo("invalid_validation_file");
        assertThat(job.at("/error/param").asText()).isEqualTo("validation_file");
        assertThat(job.at("/error/message").asText()).startsWith("The validation file has a bad line: line 4");
        JsonNode report = team.get(JOBS + "/" + id + "/validation").ok();
        assertThat(report.at("/training_file/valid").asBoolean()).isTrue();
        assertThat(report.at("/validation_file/id").asText()).isEqualTo(broken);
        assertThat(report.at("/validation_file/problems/0/line").asInt()).isEqualTo(4);
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
    void deletedFilesAreKeptUntilTheirJobHasEnded() {
        String file = team.upload(Stage.GOOD_FILE);
        String other = team.upload("{\"prompt\": \"Two and two are\", \"completion\": \" four.\"}");
        String job = team.post(JOBS, Stage.request(file, Map.of("validation_file", other)))
                .ok()
                .get("id")
                .asText();

        team.delete("/v1/files/" + file).ok();
        team.delete("/v1/files/" + other).ok();

        stage.awaitStatus(team, job, "queued");
        await().untilAsserted(
                        () -> assertThat(team.get("/v1/files/" + file).status()).isEqualTo(404));
        try (PlayedWorker worker = stage.worker("a")) {
            Lease lease = worker.take();
            assertThat(worker.dataFile(lease, "training-file").text()).isEqualTo(Stage.GOOD_FILE);
            assertThat(worker.dataFile(lease, "validation-file").text()).contains(" four.");
        }
    }
}
