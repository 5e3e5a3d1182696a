package org.moraine.jobs.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.Lease;
import org.moraine.contracts.Problem;
import org.moraine.jobs.Client;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.WithQueuedJob;

@QuarkusTest
@WithTestResource(RealParts.class)
class CancelTest extends WithQueuedJob {

    @Test
    void aQueuedJobIsCancelledAtOnceAndNobodyGetsIt() {
        Dispatch dispatch = worker.idle().nextDispatch();

        assertThat(cancel().ok().get("status").asText()).isEqualTo("cancelled");

        assertThat(worker.claim(dispatch).json().get("code").asText()).isEqualTo("stale_attempt");
    }

    @Test
    void aRunningJobsWorkerIsToldOnTheTopicAndWithItsNextRenewal() {
        Lease lease = worker.take();

        assertThat(cancel().ok().get("status").asText()).isEqualTo("running");
        cancel().ok(); // asking again is harmless

        assertThat(worker.nextCommand()).isEqualTo(new JobCommand(lease.job(), 1, JobCommand.Kind.CANCEL));
        assertThat(worker.lease(worker.renew(lease)).command()).isEqualTo(JobCommand.Kind.CANCEL);
        worker.reports(lease, 0, new JobEvent.Stopped(JobCommand.Kind.CANCEL));
        stage.awaitStatus(team, job, "cancelled");
        assertThat(worker.renew(lease).status()).isEqualTo(409);
    }

    @Test
    void aJobThatIsToBeCancelledGetsNoOtherAttempt() {
        Lease lease = worker.take();
        cancel().ok();

        worker.reports(
                lease,
                0,
                new JobEvent.Failed(new Problem(Problem.Category.LIMIT, "full", "the disk is full", null), true));

        stage.awaitStatus(team, job, "cancelled");
    }

    @Test
    void aJobThatIsToBeCancelledAndGivenBackIsCancelled() {
        Lease lease = worker.take();
        cancel().ok();

        worker.giveBack(lease);

        stage.awaitStatus(team, job, "cancelled");
    }

    @Test
    void aJobThatIsPublishedBeforeItsWorkerHearsOfTheCancelSucceeds() {
        Lease lease = worker.take();
        cancel().ok();

        worker.trainsAndPublishes(lease, 1, 1);

        stage.awaitStatus(team, job, "succeeded");
    }

    @Test
    void aJobThatHasEndedIsAConflictThatIsNotTriedAgain() {
        cancel().ok();

        Client.Answer again = cancel();

        assertThat(again.status()).isEqualTo(409);
        assertThat(again.header("x-should-retry")).isEqualTo("false");
        assertThat(again.json().at("/error/message").asText()).contains(job, "cancelled");
    }

    @Test
    void aClientsOwnRetryOfACancelThatWasCarriedOutIsAnswered() {
        cancel().ok();

        Client.Answer retry = team.with("X-Stainless-Retry-Count", "1").post(path("/cancel"));

        assertThat(retry.ok().get("status").asText()).isEqualTo("cancelled");
    }

    private Client.Answer cancel() {
        return team.post(path("/cancel"));
    }
}
