package org.moraine.jobs.submit;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.jobs.Client;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.SettableClock;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class RepeatedRequestTest {

    private static final String JOBS = "/v1/fine_tuning/jobs";

    @Inject
    Stage stage;

    @Inject
    SettableClock clock;

    private Client team;
    private Map<String, Object> request;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
        request = Stage.request(team.upload(Stage.GOOD_FILE), Map.of("seed", 1));
    }

    @Test
    void oneIdempotencyKeyGivesOneJob() {
        String first = submit("Idempotency-Key", "k1");
        String again = submit("Idempotency-Key", "k1");
        String other = submit("Idempotency-Key", "k2");

        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    void oneKeyForTwoRequestsIsAConflictThatIsNotTriedAgain() {
        submit("Idempotency-Key", "k1");
        request.put("seed", 2);

        Client.Answer answer = team.post(JOBS, request, "Idempotency-Key", "k1");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
        assertThat(answer.json().at("/error/code").asText()).isEqualTo("idempotency_key_reused");
    }

    @Test
    void aClientsOwnRetryGivesTheJobOfItsFirstTry() {
        String first = submit("X-Stainless-Retry-Count", "0");
        String retry = submit("X-Stainless-Retry-Count", "1");
        String fresh = submit("X-Stainless-Retry-Count", "0");

        assertThat(retry).isEqualTo(first);
        assertThat(fresh).isNotEqualTo(first);
    }

    @Test
    void aRetryOfARequestThatNeverArrivedMakesTheJob() {
        String retry = submit("X-Stainless-Retry-Count", "1");

        assertThat(team.get(JOBS + "/" + retry).status()).isEqualTo(200);
    }

    @Test
    void aRetryLongAfterIsARequestOfItsOwn() {
        String first = submit("X-Stainless-Retry-Count", "0");
        clock.advance(Duration.ofMinutes(11));

        assertThat(submit("X-Stainless-Retry-Count", "1")).isNotEqualTo(first);
    }

    @Test
    void theSameRequestFromAnotherTeamIsAnother() {
        String first = submit("Idempotency-Key", "k1");
        Client other = stage.team("globex");
        Map<String, Object> theirs = Stage.request(other.upload(Stage.GOOD_FILE), Map.of("seed", 1));

        String second =
                other.post(JOBS, theirs, "Idempotency-Key", "k1").ok().get("id").asText();

        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void manyAtOnceWithOneKeyGiveOneJob() {
        List<String> jobs = IntStream.range(0, 8)
                .parallel()
                .mapToObj(i -> submit("Idempotency-Key", "k1"))
                .distinct()
                .toList();

        assertThat(jobs).hasSize(1);
        assertThat(team.get(JOBS).ok().get("data")).hasSize(1);
    }

    private String submit(String... headers) {
        return team.post(JOBS, request, headers).ok().get("id").asText();
    }
}
