package org.moraine.jobs.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.Dispatch;
import org.moraine.jobs.Client;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.SettableClock;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class DispatchTest {

    private static final Duration A_WHILE = Duration.ofSeconds(2);

    @Inject
    Stage stage;

    @Inject
    SettableClock clock;

    private Client acme;
    private Client globex;
    private PlayedWorker worker;

    @BeforeEach
    void begin() {
        stage.clear();
        acme = stage.team("acme");
        globex = stage.team("globex");
        worker = stage.worker("a");
    }

    @AfterEach
    void end() {
        worker.close();
    }

    @Test
    void aQueuedJobGoesToAnIdleWorker() {
        String job = stage.queuedJob(acme);

        Dispatch dispatch = worker.idle().nextDispatch();

        assertThat(dispatch.job().value()).isEqualTo(job);
        assertThat(dispatch.attempt()).isEqualTo(1);
        assertThat(dispatch.team().value()).isEqualTo("acme");
        stage.awaitStatus(acme, job, "queued");
    }

    @Test
    void nothingIsDispatchedWhileNobodyIsIdle() {
        stage.queuedJob(acme);

        worker.says(true);

        assertThat(worker.dispatchesWithin(A_WHILE)).isEmpty();
    }

    @Test
    void noMoreIsDispatchedThanThereAreIdleWorkers() {
        stage.queuedJob(acme);
        stage.queuedJob(acme);
        stage.queuedJob(acme);
        try (PlayedWorker other = stage.worker("b")) {
            worker.idle();
            other.idle();

            assertThat(worker.dispatchesWithin(A_WHILE)).hasSize(2);
        }
    }

    @Test
    void aWorkerThatIsNotHeardOfGetsNothing() {
        worker.idle();
        clock.advance(Duration.ofSeconds(16));

        stage.queuedJob(acme);

        assertThat(worker.dispatchesWithin(A_WHILE)).isEmpty();
    }

    @Test
    void aTeamWithManyJobsDoesNotKeepAnotherWaiting() {
        String first = stage.queuedJob(acme);
        stage.queuedJob(acme);
        stage.queuedJob(acme);
        String theirs = stage.queuedJob(globex);

        Dispatch one = worker.idle().nextDispatch();
        worker.claim(one);
        Dispatch two = worker.idle().nextDispatch();

        assertThat(one.job().value()).isEqualTo(first);
        assertThat(two.job().value()).isEqualTo(theirs);
    }

    @Test
    void aDispatchThatNobodyTakesGoesOutOnceMoreUnderTheSameAttempt() {
        stage.queuedJob(acme);
        Dispatch lost = worker.idle().nextDispatch();

        clock.advance(Duration.ofSeconds(61));

        assertThat(worker.idle().nextDispatch()).isEqualTo(lost);
    }
}
