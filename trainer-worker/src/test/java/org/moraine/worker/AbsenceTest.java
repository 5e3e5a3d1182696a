package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobSpec;

/** Jobs while job-api, the registry or Kafka is away. */
@NullUnmarked // its fields are set when it is started
@QuarkusTest
@QuarkusTestResource(Surroundings.class)
class AbsenceTest {

    /** With pauses of 200 ms, 400 ms and so on within five seconds. */
    private static final int CLAIMS_BEFORE_RELEASE = 5;

    private Surroundings around;

    @AfterEach
    void theWorkFolderIsEmpty() {
        around.awaitEmptyWorkFolder();
    }

    @Test
    void aJobDispatchedWhileTheOtherServicesAreAwayIsNotLost() {
        JobSpec spec = Jobs.of(2);
        around.others().add(spec, Jobs.QUESTIONS);
        around.others().goAway();

        around.dispatch(spec.job(), 1);
        after(Duration.ofSeconds(4));
        around.others().comeBack();

        around.awaitLast(spec.job(), JobEvent.Published.class);
    }

    @Test
    void aDispatchThatCannotBeClaimedIsReleasedAndTakenAgain() {
        JobSpec spec = Jobs.of(2);
        OtherServices.Job job = around.others().add(spec, Jobs.QUESTIONS);
        job.claimsFail = true;
        long claims = claims();

        around.dispatch(spec.job(), 1);
        Surroundings.soon().until(() -> claims() > claims + CLAIMS_BEFORE_RELEASE);
        job.claimsFail = false;

        around.awaitLast(spec.job(), JobEvent.Published.class);
    }

    private long claims() {
        return around.others().requests().stream()
                .filter("POST /internal/leases"::equals)
                .count();
    }

    @Test
    void aTrainingOutlivesTheOtherServicesAbsence() {
        JobSpec spec = Jobs.endless();
        OtherServices.Job job = around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        around.awaitTraining(spec.job());

        around.others().goAway();
        after(OtherServices.LEASE.plusSeconds(2));
        int stepsBefore = around.events(spec.job(), JobEvent.Stepped.class).size();
        around.others().comeBack();

        Surroundings.soon()
                .untilAsserted(() -> assertThat(around.events(spec.job(), JobEvent.Stepped.class))
                        .hasSizeGreaterThan(stepsBefore));
        assertThat(around.kinds(spec.job())).containsOnly("Started", "Stepped");
        job.command = JobCommand.Kind.CANCEL;
        around.awaitLast(spec.job(), JobEvent.Stopped.class);
    }

    @Test
    void aTrainingOutlivesTheBrokersRestartAndNoEventIsLost() {
        JobSpec spec = Jobs.endless();
        OtherServices.Job job = around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        around.awaitTraining(spec.job());

        around.restartBroker();
        job.command = JobCommand.Kind.CANCEL;

        around.awaitLast(spec.job(), JobEvent.Stopped.class);
        List<JobEvent> events = around.events(spec.job());
        assertThat(events)
                .extracting(JobEvent::sequence)
                .containsExactlyElementsOf(
                        LongStream.range(0, events.size()).boxed().toList());
        around.trainAnotherJob();
    }

    private static void after(Duration time) {
        await().pollDelay(time).atMost(time.plusSeconds(5)).until(() -> true);
    }
}
