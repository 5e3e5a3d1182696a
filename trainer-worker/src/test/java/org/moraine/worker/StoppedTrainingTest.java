package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobSpec;

/** Attempts that are told to stop. */
@NullUnmarked // its fields are set when it is started
@QuarkusTest
@QuarkusTestResource(Surroundings.class)
class StoppedTrainingTest {

    private Surroundings around;

    @AfterEach
    void theWorkFolderIsEmpty() {
        around.awaitEmptyWorkFolder();
    }

    @Test
    void aLostLeaseStopsTheTrainingAndNothingIsPublishedOrSaid() {
        JobSpec spec = Jobs.endless();
        OtherServices.Job job = around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        around.awaitTraining(spec.job());

        job.leaseLost = true;

        around.trainAnotherJob();
        assertThat(around.others().published(spec.job())).isEmpty();
        assertThat(around.kinds(spec.job())).containsOnly("Started", "Stepped");
    }

    @Test
    void aLeaseLostBeforeTheManifestIsSentPublishesNothing() {
        JobSpec spec = Jobs.of(1);
        OtherServices.Job job = around.others().add(spec, Jobs.QUESTIONS);
        job.loseOnUpload = true;

        around.dispatch(spec.job(), 1);

        around.trainAnotherJob();
        assertThat(around.others().published(spec.job())).isEmpty();
        assertThat(around.events(spec.job(), JobEvent.Published.class)).isEmpty();
    }

    @Test
    void aCancelThatComesThroughKafkaStopsTheTraining() {
        JobSpec spec = Jobs.endless();
        around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        around.awaitTraining(spec.job());

        around.command(spec.job(), 1, JobCommand.Kind.CANCEL);

        JobEvent.Stopped stopped = around.awaitLast(spec.job(), JobEvent.Stopped.class);
        assertThat(stopped.command()).isEqualTo(JobCommand.Kind.CANCEL);
        assertThat(around.others().published(spec.job())).isEmpty();
    }

    @Test
    void aCancelThatComesWithTheLeaseStopsTheTraining() {
        JobSpec spec = Jobs.endless();
        OtherServices.Job job = around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        around.awaitTraining(spec.job());

        job.command = JobCommand.Kind.CANCEL;

        around.awaitLast(spec.job(), JobEvent.Stopped.class);
        assertThat(around.others().published(spec.job())).isEmpty();
    }

    @Test
    void aCommandForAnotherAttemptChangesNothing() {
        JobSpec spec = Jobs.of(60);
        around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        around.awaitTraining(spec.job());

        around.command(spec.job(), 2, JobCommand.Kind.CANCEL);

        around.awaitLast(spec.job(), JobEvent.Published.class);
    }
}
