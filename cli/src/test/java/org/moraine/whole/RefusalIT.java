package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What callers do wrong, and what they may not see, through all services. */
class RefusalIT {

    private static final String INVALID_KEY = "invalid_api_key";

    private final Stack stack = Stack.shared();

    @Test
    void aBrokenLineFailsTheJobWithItsNumberAndNothingIsTrained() {
        String file = stack.upload(TrainingText.line(1) + "\n" + TrainingText.line(2) + "\n{\"messages\":[\n");

        String job = stack.submit(file, "broken", Map.of());
        JsonNode ended = stack.ended(job);

        assertThat(ended.path("status").asText()).isEqualTo("failed");
        assertThat(ended.path("error").path("code").asText()).isEqualTo("invalid_training_file");
        assertThat(ended.path("error").path("param").asText()).isEqualTo("training_file");
        assertThat(ended.path("error").path("message").asText()).containsIgnoringCase("line 3");
        assertThat(ended.path("adapter").isNull()).isTrue();
        assertThat(stack.attempt(job)).isZero();
        assertThat(stack.registry()
                        .get("/local/broken/resolve/main/adapter_config.json")
                        .header("X-Error-Code"))
                .isEqualTo("RepoNotFound");
    }

    @Test
    void whatCannotBeTrainedIsRefusedAtSubmitNamingTheField() {
        String file = stack.upload(TrainingText.lines(2));

        assertThat(refused(Map.of("model", "no-such-model", "training_file", file)))
                .isEqualTo("model");
        assertThat(refused(Map.of("model", "pebble", "training_file", "file-unknown")))
                .isEqualTo("training_file");
        assertThat(refused(Map.of("model", "pebble", "training_file", file, "method", hyperparameters("rank", 4000))))
                .contains("rank");
    }

    @Test
    void nobodyIsServedWithoutAKeyOrWithAWrongOne() {
        for (String key : new String[] {"", "wrong"}) {
            Wire.Answer jobs = stack.jobs().as(key).get("/v1/fine_tuning/jobs");
            assertThat(jobs.status()).isEqualTo(401);
            assertThat(jobs.json().path("error").path("code").asText()).isEqualTo(INVALID_KEY);

            assertThat(stack.jobs()
                            .as(key)
                            .upload("a.jsonl", TrainingText.lines(1))
                            .status())
                    .isEqualTo(401);
            assertThat(stack.registry()
                            .as(key)
                            .head("/local/any/resolve/v1/adapter_config.json")
                            .status())
                    .isEqualTo(401);
            assertThat(stack.registry().as(key).get("/api/models/local/any").status())
                    .isEqualTo(401);
        }
        assertThat(stack.jobs().as("").get("/q/health/live").status()).isEqualTo(200);
    }

    @Test
    void anotherTeamsJobFileAndAdapterAreNotThere() {
        String other = stack.keyOf("others");
        String file = stack.upload(TrainingText.lines(2));
        String job = stack.submit(file, "ours", Map.of("steps", 1));
        assertThat(stack.ended(job).path("status").asText()).isEqualTo("succeeded");

        assertThat(stack.jobs().as(other).get("/v1/fine_tuning/jobs/" + job).status())
                .isEqualTo(404);
        assertThat(stack.jobs().as(other).get("/v1/files/" + file).status()).isEqualTo(404);
        assertThat(stack.jobs().as(other).get("/v1/files/" + file + "/content").status())
                .isEqualTo(404);
        Wire.Answer adapter = stack.registry().as(other).head("/local/ours/resolve/v1/adapter_config.json");
        assertThat(adapter.status()).isEqualTo(404);
        assertThat(adapter.header("X-Error-Code")).isEqualTo("RepoNotFound");
        assertThat(stack.jobs().as(other).get("/v1/fine_tuning/jobs").json().path("data"))
                .isEmpty();
        assertThat(stack.registry()
                        .head("/local/ours/resolve/v1/adapter_config.json")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aTeamsKeyDoesNotOpenTheWorkersRoutes() {
        assertThat(stack.jobs()
                        .post("/internal/leases", Map.of("job", "ftjob-x", "attempt", 1, "worker", "w"))
                        .status())
                .isEqualTo(403);
        assertThat(stack.registry()
                        .post("/api/v1/adapters/local/mine/versions", Map.of())
                        .status())
                .isEqualTo(403);
    }

    private String refused(Map<String, Object> body) {
        Wire.Answer answer = stack.jobs().post("/v1/fine_tuning/jobs", body);
        assertThat(answer.status()).as(answer.text()).isBetween(400, 404);
        JsonNode error = answer.json().path("error");
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        return error.path("param").asText();
    }

    private static Map<String, Object> hyperparameters(String name, Object value) {
        return Map.of("type", "supervised", "supervised", Map.of("hyperparameters", Map.of(name, value)));
    }
}
