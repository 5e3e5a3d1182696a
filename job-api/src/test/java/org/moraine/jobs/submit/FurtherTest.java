package org.moraine.jobs.submit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.EarlierAdapter;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Lease;
import org.moraine.jobs.Client;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.Stage;

/** Jobs whose model is one that another job made. */
@QuarkusTest
@WithTestResource(RealParts.class)
class FurtherTest {

    private static final String JOBS = "/v1/fine_tuning/jobs";

    @Inject
    Stage stage;

    private Client team;
    private PlayedWorker worker;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
        worker = stage.worker("a");
    }

    @AfterEach
    void end() {
        worker.close();
    }

    @Test
    void aJobOnAFineTunedModelGoesOnFromItsVersionWithItsKindOfAdapter() {
        String model = made(Map.of("rank", 4, "mora_type", 6));

        JsonNode further = create(model, Map.of("dropout", 0.1)).ok();

        assertThat(further.get("model").asText()).isEqualTo(model);
        assertThat(further.at("/hyperparameters/rank").asInt()).isEqualTo(4);
        assertThat(further.at("/hyperparameters/mora_type").asInt()).isEqualTo(6);
        JobSpec spec = leased(further).spec();
        assertThat(spec.baseModel()).isEqualTo("pebble");
        assertThat(spec.adapterSettings())
                .extracting(AdapterSettings::rank, AdapterSettings::moraType, AdapterSettings::dropout)
                .containsExactly(4, 6, 0.1);
        EarlierAdapter earlier = Objects.requireNonNull(spec.earlier());
        assertThat(earlier.model()).isEqualTo(model);
        assertThat(earlier).hasToString("acme/base@v7");
        assertThat(spec.adapter()).hasToString("acme/base");
    }

    @Test
    void whatItMakesCanBeTrainedFurtherInItsTurn() {
        JsonNode second = create(made(Map.of()), Map.of()).ok();
        Lease lease = leased(second);
        worker.trainsAndPublishes(lease, 1, 8);
        String model = stage.awaitStatus(team, second.get("id").asText(), "succeeded")
                .get("fine_tuned_model")
                .asText();

        assertThat(model).startsWith("ft:pebble:acme::");
        JsonNode third = create(model, Map.of()).ok();
        assertThat(leased(third).spec().earlier()).hasToString("acme/base@v8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rank", "alpha", "adapter_type", "target_modules", "modules_to_save", "use_rslora"})
    void whatKindOfAdapterItIsCannotBeSaidAgain(String key) {
        String model = made(Map.of());

        JsonNode error = refusal(create(model, Map.of(key, "anything")));

        assertThat(error.get("param").asText()).isEqualTo("method.supervised.hyperparameters." + key);
        assertThat(error.get("message").asText()).contains("has its own");
    }

    @Test
    void onlyTheTeamsOwnFineTunedModelsThatAreThereAndAreAdaptersAreTaken() {
        String model = made(Map.of());
        String whole = made(Map.of("adapter_type", "full"));
        Client globex = stage.team("globex");
        Map<String, Object> theirs = Stage.request(globex.upload(Stage.GOOD_FILE), Map.of("model", model));

        assertThat(refusal(globex.post(JOBS, theirs)).get("code").asText()).isEqualTo("model_not_found");
        assertThat(refusal(create(model + "x", Map.of())).get("param").asText()).isEqualTo("model");
        assertThat(refusal(create(whole, Map.of())).get("message").asText()).contains("is a whole model");
        team.delete("/v1/models/" + model).ok();
        assertThat(refusal(create(model, Map.of())).get("code").asText()).isEqualTo("model_not_found");
    }

    /** The model of a job that ended well, as version 7 of {@code acme/base}. */
    private String made(Map<String, ?> hyperparameters) {
        Map<String, Object> more = new HashMap<>(supervised(hyperparameters));
        more.put("suffix", "base");
        JsonNode job = team.post(JOBS, Stage.request(team.upload(Stage.GOOD_FILE), more))
                .ok();
        worker.trainsAndPublishes(leased(job), 1, 7);
        return stage.awaitStatus(team, job.get("id").asText(), "succeeded")
                .get("fine_tuned_model")
                .asText();
    }

    private Lease leased(JsonNode job) {
        Lease lease = worker.take();
        assertThat(lease.job().value()).isEqualTo(job.get("id").asText());
        return lease;
    }

    private static JsonNode refusal(Client.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        return answer.json().get("error");
    }

    private Client.Answer create(String model, Map<String, ?> hyperparameters) {
        Map<String, Object> more = new HashMap<>(supervised(hyperparameters));
        more.put("model", model);
        return team.post(JOBS, Stage.request(team.upload(Stage.GOOD_FILE), more));
    }

    private static Map<String, Object> supervised(Map<String, ?> hyperparameters) {
        return Map.of("method", Map.of("supervised", Map.of("hyperparameters", hyperparameters)));
    }
}
