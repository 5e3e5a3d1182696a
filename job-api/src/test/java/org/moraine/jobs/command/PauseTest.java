package org.moraine.jobs.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.Lease;
import org.moraine.contracts.Problem;
import org.moraine.jobs.Client;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.WithQueuedJob;

@QuarkusTest
@WithTestResource(RealParts.class)
class PauseTest extends WithQueuedJob {

    @Test
    void aQueuedJobIsPausedAtOnceAndNobodyGetsItUntilItIsResumed() {
        Dispatch dispatch = worker.idle().nextDispatch();

        assertThat(status(tell("pause"))).isEqualTo("paused");

        assertThat(worker.claim(dispatch).json().get("code").asText()).isEqualTo("stale_attempt");
        assertThat(worker.dispatchesWithin(Duration.ofSeconds(2))).isEmpty();
        assertThat(status(tell("resume"))).isEqualTo("queued");
        assertThat(worker.take().attempt()).isEqualTo(2);
        stage.awaitStatus(team, job, "running");
    }

    @Test
    void aRunningJobsWorkerIsToldOnTheTopicAndWithItsNextRenewal() {
        Lease lease = worker.take();

        assertThat(status(tell("pause"))).isEqualTo("running");
        tell("pause").ok(); // asking again is harmless

        assertThat(worker.nextCommand()).isEqualTo(new JobCommand(lease.job(), 1, JobCommand.Kind.PAUSE));
        assertThat(worker.lease(worker.renew(lease)).command()).isEqualTo(JobCommand.Kind.PAUSE);
        worker.reports(lease, 0, PlayedWorker.step(1, 9));
        worker.reports(lease, 1, new JobEvent.Stopped(JobCommand.Kind.PAUSE));
        JsonNode paused = stage.awaitStatus(team, job, "paused");
        assertThat(paused.get("estimated_finish").isNull()).isTrue();
        assertThat(paused.get("finished_at").isNull()).isTrue();
        assertThat(worker.renew(lease).status()).isEqualTo(409);
        assertThat(status(tell("pause"))).isEqualTo("paused");
    }

    @Test
    void aResumedJobLandsOnAnotherWorkerUnderTheNextAttempt() {
        Lease first = pausedWhileRunning();

        tell("resume").ok();

        try (PlayedWorker other = stage.worker("b")) {
            worker.says(true);
            Lease second = other.take();
            assertThat(second.job()).isEqualTo(first.job());
            assertThat(second.attempt()).isEqualTo(2);
            assertThat(second.command()).isNull();
            other.trainsAndPublishes(second, 1, 1);
            stage.awaitStatus(team, job, "succeeded");
        }
    }

    @Test
    void aJobThatIsToBePausedAndIsGivenBackOrFailsIsPaused() {
        Lease lease = worker.take();
        tell("pause").ok();
        worker.giveBack(lease);
        stage.awaitStatus(team, job, "paused");

        tell("resume").ok();
        Lease second = worker.take();
        tell("pause").ok();
        worker.reports(
                second,
                0,
                new JobEvent.Failed(new Problem(Problem.Category.LIMIT, "full", "the disk is full", null), true));
        stage.awaitStatus(team, job, "paused");
    }

    @Test
    void aJobThatIsCancelledWhileItsWorkerLeavesItsCheckpointIsCancelled() {
        Lease lease = worker.take();
        tell("pause").ok();

        tell("cancel").ok();

        worker.reports(lease, 0, new JobEvent.Stopped(JobCommand.Kind.PAUSE));
        stage.awaitStatus(team, job, "cancelled");
        assertConflict(tell("resume"), "cancelled");
    }

    @Test
    void aPausedJobCanBeCancelled() {
        pausedWhileRunning();

        assertThat(status(tell("cancel"))).isEqualTo("cancelled");
    }

    @Test
    void aJobThatIsBeingCancelledIsNotPaused() {
        worker.take();
        tell("cancel").ok();

        assertConflict(tell("pause"), "cancelled");
    }

    @Test
    void whatDoesNotFitTheStatusIsAConflictThatIsNotTriedAgain() {
        assertConflict(tell("resume"), "queued");

        tell("cancel").ok();

        assertConflict(tell("pause"), "cancelled");
        assertThat(stage.team("others").post(path("/pause")).status()).isEqualTo(404);
    }

    @Test
    void aClientsOwnRetryOfAResumeThatWasCarriedOutIsAnswered() {
        tell("pause").ok();
        tell("resume").ok();

        assertThat(status(team.with("X-Stainless-Retry-Count", "1").post(path("/resume"))))
                .isEqualTo("queued");
    }

    private Lease pausedWhileRunning() {
        Lease lease = worker.take();
        tell("pause").ok();
        worker.reports(lease, 0, new JobEvent.Stopped(JobCommand.Kind.PAUSE));
        stage.awaitStatus(team, job, "paused");
        return lease;
    }

    private Client.Answer tell(String command) {
        return team.post(path("/" + command));
    }

    private static String status(Client.Answer answer) {
        return answer.ok().get("status").asText();
    }

    private void assertConflict(Client.Answer answer, String reason) {
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
        assertThat(answer.json().at("/error/message").asText()).contains(job, reason);
    }
}
