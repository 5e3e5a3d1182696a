package org.moraine.jobs.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.jobs.Client;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class WireTest {

    @Inject
    Stage stage;

    @BeforeEach
    void begin() {
        stage.clear();
    }

    @Test
    void noKeyAndAWrongKeyAre401() {
        for (Client client : new Client[] {stage.nobody(), stage.client("wrong")}) {
            Client.Answer answer = client.get("/v1/fine_tuning/jobs");

            assertThat(answer.status()).isEqualTo(401);
            assertEnvelope(answer);
            assertThat(answer.json().at("/error/code").asText()).isEqualTo("invalid_api_key");
        }
    }

    @Test
    void everyAnswerHasARequestId() {
        Client team = stage.team("acme");

        assertThat(team.get("/v1/files").header("x-request-id")).matches("req_[A-Za-z0-9]{24}");
        assertThat(stage.nobody().get("/q/health").header("x-request-id")).startsWith("req_");
        assertThat(team.get("/v1/models").header("openai-processing-ms")).matches("[0-9]+");
        assertThat(team.get("/v1/models").header("openai-version")).isEqualTo("2020-10-01");
    }

    @Test
    void organizationAndProjectAreTheKeysTeamOrLeftOut() {
        Client team = stage.team("acme");

        Client.Answer own = team.with("OpenAI-Organization", "acme", "OpenAI-Project", "acme")
                .get("/v1/files");
        assertThat(own.status()).isEqualTo(200);
        assertThat(own.header("openai-organization")).isEqualTo("acme");
        for (String header : new String[] {"Organization", "Project"}) {
            Client.Answer other = team.with("OpenAI-" + header, "globex").get("/v1/files");
            assertThat(other.status()).isEqualTo(401);
            assertThat(other.json().at("/error/code").asText()).isEqualToIgnoringCase("mismatched_" + header);
            assertEnvelope(other);
        }
    }

    @Test
    void whatPassesByItselfTellsTheClientWhenToAskAgain() {
        Throwable storeAway = new UncheckedIOException(new IOException("connection refused"));
        Throwable databaseAway = new IllegalStateException(new SQLException("shutting down", "57P01"));
        Throwable ourMistake = new IllegalStateException(new SQLException("no such column", "42703"));

        for (Throwable away : new Throwable[] {storeAway, databaseAway}) {
            assertThat(Errors.failed(away).getStatus()).isEqualTo(503);
            assertThat(Errors.failed(away).getHeaderString("retry-after-ms")).isEqualTo("1000");
        }
        assertThat(Errors.failed(ourMistake).getStatus()).isEqualTo(500);
        assertThat(Errors.failed(ourMistake).getHeaderString("retry-after-ms")).isNull();
    }

    @Test
    void anUnknownPathAMethodAndABodyOfTheWrongKindHaveTheEnvelope() {
        Client team = stage.team("acme");

        Client.Answer path = team.get("/v1/fine_tuning/nothing");
        Client.Answer method = team.put("/v1/fine_tuning/jobs", "{}");
        Client.Answer body = team.post("/v1/files", "{}");

        assertThat(path.status()).isEqualTo(404);
        assertThat(method.status()).isEqualTo(405);
        assertThat(body.status()).isEqualTo(415);
        assertEnvelope(path);
        assertEnvelope(method);
        assertEnvelope(body);
    }

    @Test
    void metadataThatIsAsLongAsItMayBeIsLookedFor() {
        String longest = "%20".repeat(512);
        String filter = IntStream.range(0, 16)
                .mapToObj(i -> "metadata%5B" + "k".repeat(62) + (10 + i) + "%5D=" + longest)
                .collect(Collectors.joining("&"));

        assertThat(stage.team("acme").get("/v1/fine_tuning/jobs?" + filter).status())
                .isEqualTo(200);
    }

    @Test
    void idsThatNothingCanHaveAreAbsent() {
        Client team = stage.team("acme");

        for (String path : new String[] {
            "/v1/files/%00",
            "/v1/files/x",
            "/v1/fine_tuning/jobs/x",
            "/v1/fine_tuning/jobs/%00/events",
            "/v1/models/%00"
        }) {
            Client.Answer answer = team.get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertEnvelope(answer);
        }
    }

    @Test
    void healthNamesTheDatabaseKafkaAndTheObjectStore() {
        Client.Answer health = stage.nobody().get("/q/health/ready");

        assertThat(health.status()).isEqualTo(200);
        assertThat(health.json().get("checks").findValuesAsText("name"))
                .contains("Kafka", "Object store", "Database connections health check");
        assertThat(stage.nobody().get("/q/metrics").text()).contains("jvm_memory_used_bytes");
    }

    private static void assertEnvelope(Client.Answer answer) {
        assertThat(answer.json().get("error").fieldNames())
                .toIterable()
                .containsExactly("message", "type", "param", "code");
        assertThat(answer.header("x-request-id")).startsWith("req_");
    }
}
