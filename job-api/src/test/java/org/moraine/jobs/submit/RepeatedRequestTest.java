package org.moraine.jobs.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
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

    @Test
    void aRetryThatComesWhileItsFirstTryIsUnderWayWaitsForItsJob() {
        whileTheFileIsHeld(held -> {
            CompletableFuture<String> first =
                    CompletableFuture.supplyAsync(() -> submit("X-Stainless-Retry-Count", "0"));
            awaitWaiting(held, 1);
            CompletableFuture<String> retry =
                    CompletableFuture.supplyAsync(() -> submit("X-Stainless-Retry-Count", "1"));
            awaitWaiting(held, 2);
            held.commit();

            assertThat(retry.join()).isEqualTo(first.join());
        });
        assertThat(team.get(JOBS).ok().get("data")).hasSize(1);
    }

    @Test
    void aFileThatIsRemovedWhileAJobIsBeingMadeOfItIsNotThere() {
        submit(); // the file is known from here on
        whileTheFileIsHeld(held -> {
            CompletableFuture<Client.Answer> answer = CompletableFuture.supplyAsync(() -> team.post(JOBS, request));
            awaitWaiting(held, 1);
            held.execute("UPDATE files SET deleted_at = now() WHERE id = ?", request.get("training_file"));
            held.commit();

            assertThat(answer.join().status()).isEqualTo(400);
            assertThat(answer.join().json().at("/error/code").asText()).isEqualTo("file_not_found");
        });
        assertThat(team.get(JOBS).ok().get("data")).hasSize(1);
    }

    /** As somebody holds it who is about to remove it. */
    private void whileTheFileIsHeld(Consumer<Handle> work) {
        stage.database().useHandle(handle -> {
            handle.begin();
            handle.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 3))", request.get("training_file"));
            work.accept(handle);
        });
    }

    private static void awaitWaiting(Handle held, int requests) {
        await().until(
                        () -> held.createQuery(
                                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                                .mapTo(Integer.class)
                                .one(),
                        waiting -> waiting == requests);
    }

    private String submit(String... headers) {
        return team.post(JOBS, request, headers).ok().get("id").asText();
    }
}
