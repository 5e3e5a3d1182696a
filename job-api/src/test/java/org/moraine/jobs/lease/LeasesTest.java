package org.moraine.jobs.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.Lease;
import org.moraine.contracts.Problem;
import org.moraine.jobs.Client;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.SettableClock;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class LeasesTest {

    private static final String JOBS = "/v1/fine_tuning/jobs/";

    private static final Duration LEASE = Duration.ofSeconds(30);

    @Inject
    Stage stage;

    @Inject
    SettableClock clock;

    @Inject
    LeaseReaper reaper;

    @Inject
    EventDelay delay;

    private Client team;
    private PlayedWorker worker;
    private PlayedWorker other;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
        worker = stage.worker("a");
        other = stage.worker("b");
    }

    @AfterEach
    void end() {
        worker.close();
        other.close();
    }

    @Test
    void noLeaseEndsBySilenceWhileWhatWorkersSayIsReadLate() {
        stage.queuedJob(team);
        Lease silent = worker.take();
        clock.advance(LEASE.minusSeconds(10));
        String told = stage.queuedJob(team);
        Lease late = other.take();

        stage.database().useTransaction(handle -> {
            handle.execute("SELECT 1 FROM jobs WHERE id = ? FOR UPDATE", told); // who reads of it waits
            other.saidEarlier(late, 0, PlayedWorker.published(late.spec().adapter(), 1), LEASE);
            await().until(() -> delay.exceeds(LEASE.dividedBy(3)));
            clock.advance(Duration.ofSeconds(11));
            reaper.sweepTrusted();
            assertThat(runs(silent)).isTrue();
        });

        stage.awaitStatus(team, told, "succeeded");
        await().until(() -> !delay.exceeds(LEASE.dividedBy(3)));
        clock.advance(LEASE.plusSeconds(1));
        reaper.sweepTrusted();
        assertThat(runs(silent)).isFalse();
    }

    private boolean runs(Lease lease) {
        return stage.database()
                .withHandle(handle -> handle.select(
                                "SELECT ended_at IS NULL FROM leases WHERE job = ? AND attempt = ?",
                                lease.job().value(),
                                lease.attempt())
                        .mapTo(Boolean.class)
                        .one());
    }

    @Test
    void aWorkerTakesAJobWithEverythingItNeeds() {
        String job = stage.queuedJob(team);

        Lease lease = worker.take();

        assertThat(lease.job().value()).isEqualTo(job);
        assertThat(lease.attempt()).isEqualTo(1);
        assertThat(lease.command()).isNull();
        assertThat(lease.until()).isAfter(clock.instant().plus(LEASE.minusSeconds(10)));
        assertThat(lease.spec().baseModel()).isEqualTo("pebble");
        assertThat(lease.spec().adapter().toString()).isEqualTo("acme/pebble");
        stage.awaitStatus(team, job, "running");
        assertThat(worker.dataFile(lease, "training-file").text()).isEqualTo(Stage.GOOD_FILE);
    }

    @Test
    void theSameClaimIsAnsweredAlikeAndAnothersIsStale() {
        stage.queuedJob(team);
        Dispatch dispatch = worker.idle().nextDispatch();
        worker.lease(worker.claim(dispatch));

        assertThat(worker.claim(dispatch).status()).isEqualTo(200);
        assertProblem(other.claim(dispatch), "stale_attempt");
    }

    @Test
    void aLeaseThatIsRenewedDoesNotRunOut() {
        stage.queuedJob(team);
        Lease lease = worker.take();

        for (int i = 0; i < 3; i++) {
            clock.advance(LEASE.minusSeconds(1));
            worker.lease(worker.renew(lease));
            reaper.sweep();
        }

        assertThat(worker.renew(lease).status()).isEqualTo(200);
    }

    @Test
    void aLeaseThatRanOutIsDispatchedAgain() {
        String job = stage.queuedJob(team);
        Lease lost = worker.take();

        clock.advance(LEASE.plusSeconds(1));
        reaper.sweep();
        clock.advance(Duration.ofSeconds(5));

        Lease next = other.take();
        assertThat(next.job()).isEqualTo(lost.job());
        assertThat(next.attempt()).isEqualTo(2);
        stage.awaitStatus(team, job, "running");
        assertProblem(worker.renew(lost), "lease_lost");
        assertProblem(worker.dataFile(lost, "training-file"), "lease_lost");
        assertProblem(
                worker.claim(new Dispatch(lost.job(), 1, lost.spec().adapter().team())), "stale_attempt");
    }

    @Test
    void theNextAttemptWaitsForItsBackOff() {
        stage.queuedJob(team);
        worker.take();
        clock.advance(LEASE.plusSeconds(1));
        reaper.sweep();

        assertThat(other.idle().dispatchesWithin(Duration.ofSeconds(2)))
                .extracting(Dispatch::attempt)
                .doesNotContain(2);
    }

    @Test
    void afterThreeAttemptsTheJobFailsWithAllReasons() {
        String job = stage.queuedJob(team);
        worker.take();
        runOut();
        worker.take();
        runOut();
        Lease third = other.take();

        other.reports(
                third,
                0,
                new JobEvent.Failed(
                        new Problem(Problem.Category.LIMIT, "out_of_memory", "the GPU is full", null), true));

        JsonNode failed = stage.awaitStatus(team, job, "failed");
        assertThat(failed.at("/error/code").asText()).isEqualTo("attempts_spent");
        assertThat(failed.at("/error/message").asText())
                .contains("attempt 1, worker a was not heard of", "attempt 2, worker a", "attempt 3, the GPU is full");
        JsonNode attempts = team.get(JOBS + job + "/attempts").ok().get("data");
        assertThat(attempts.findValuesAsText("attempt")).containsExactly("1", "2", "3");
        assertThat(attempts.findValuesAsText("worker")).containsExactly("a", "a", "b");
        assertThat(attempts.findValuesAsText("ending")).containsExactly("ran_out", "ran_out", "failed");
        assertThat(attempts.at("/2/reason").asText()).isEqualTo("the GPU is full");

        JsonNode requeued = team.post(JOBS + job + "/requeue").ok();

        assertThat(requeued.get("status").asText()).isEqualTo("queued");
        assertThat(requeued.get("error").isNull()).isTrue();
        Lease fourth = worker.take();
        assertThat(fourth.attempt()).isEqualTo(4);
        runOut();
        stage.awaitStatus(team, job, "running");
        worker.trainsAndPublishes(worker.take(), 1, 1);
        stage.awaitStatus(team, job, "succeeded");
        assertThat(team.post(JOBS + job + "/requeue").status()).isEqualTo(409);
    }

    @Test
    void aJobWhoseFileIsDeletedIsNotRequeued() {
        String job = stage.queuedJob(team);
        for (int attempt = 1; attempt <= 3; attempt++) {
            worker.take();
            runOut();
        }
        JsonNode failed = stage.awaitStatus(team, job, "failed");
        team.delete("/v1/files/" + failed.get("training_file").asText()).ok();

        Client.Answer answer = team.post(JOBS + job + "/requeue");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.json().at("/error/code").asText()).isEqualTo("file_not_found");
        stage.awaitStatus(team, job, "failed");
    }

    @Test
    void aLeaseGivenBackIsDispatchedAtOnceAndIsNoSpentAttempt() {
        stage.queuedJob(team);
        for (int attempt = 1; attempt <= 4; attempt++) {
            Lease lease = worker.take();
            assertThat(lease.attempt()).isEqualTo(attempt);
            assertThat(worker.giveBack(lease).status()).isEqualTo(204);
            assertThat(worker.giveBack(lease).status()).isEqualTo(204);
        }

        assertThat(worker.take().attempt()).isEqualTo(5);
    }

    @Test
    void onlyWorkersAreAnswered() {
        stage.queuedJob(team);
        Lease lease = worker.take();
        String path = "/internal/leases/" + lease.job() + "/1";

        assertThat(team.put(path).status()).isEqualTo(403);
        assertThat(team.put(path).json().get("code").asText()).isEqualTo("forbidden");
        assertThat(stage.nobody().put(path).status()).isEqualTo(401);
        assertThat(stage.client(RealParts.WORKER_KEY).get("/v1/files").status()).isEqualTo(403);
    }

    @Test
    void whatIsNoClaimIsRefusedInTheWorkersShape() {
        Client workers = stage.client(RealParts.WORKER_KEY);

        Client.Answer answer = workers.post("/internal/leases", "{\"job\":\"x\",\"attempt\":1,\"worker\":\"a\"}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("field").asText()).isEqualTo("fine_tuning_job_id");
        assertThat(workers.post("/internal/leases", "{").status()).isEqualTo(400);
    }

    private void runOut() {
        clock.advance(LEASE.plusSeconds(1));
        reaper.sweep();
        clock.advance(Duration.ofSeconds(20));
    }

    private static void assertProblem(Client.Answer answer, String code) {
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.json().get("code").asText()).isEqualTo(code);
        assertThat(answer.json().get("category").asText()).isEqualTo("CONFLICT");
    }
}
