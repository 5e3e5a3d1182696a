package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobId;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.SavedCheckpoint;

/** Attempts that leave checkpoints, and attempts that go on from them. */
@NullUnmarked // its fields are set when it is started
@QuarkusTest
@QuarkusTestResource(Surroundings.class)
class ResumedTrainingTest {

    private Surroundings around;

    @AfterEach
    void theWorkFolderIsEmpty() {
        around.awaitEmptyWorkFolder();
    }

    @Test
    void aPausedTrainingGoesOnToTheBitsOfOneThatWasNotAndEveryStepIsSaidOnce() {
        int steps = 500;
        JobSpec never = Jobs.of(steps);
        JobSpec paused = Jobs.of(steps);
        around.others().add(never, Jobs.QUESTIONS);
        OtherServices.Job job = around.others().add(paused, Jobs.QUESTIONS);
        around.dispatch(never.job(), 1);
        around.awaitLast(never.job(), JobEvent.Published.class);

        around.dispatch(paused.job(), 1);
        around.awaitTraining(paused.job());
        around.command(paused.job(), 1, JobCommand.Kind.PAUSE);
        JobEvent.Stopped stopped = around.awaitLast(paused.job(), JobEvent.Stopped.class);
        SavedCheckpoint newest = job.checkpoints.get(0);
        job.attempt = 2;
        around.dispatch(paused.job(), 2);
        around.awaitEvent(paused.job(), 2, JobEvent.Published.class);

        assertThat(stopped.command()).isEqualTo(JobCommand.Kind.PAUSE);
        assertThat(around.awaitEvent(paused.job(), 2, JobEvent.Started.class).afterStep())
                .isEqualTo(newest.step())
                .isBetween(1, steps - 1);
        assertThat(around.events(paused.job(), JobEvent.Stepped.class))
                .extracting(JobEvent.Stepped::step)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, steps).boxed().toList());
        assertThat(matrices(paused.job())).isEqualTo(matrices(never.job())).hasSize(2);
    }

    @Test
    void whatIsDamagedIsPassedOverForTheOneBefore() {
        JobSpec spec = Jobs.endless();
        OtherServices.Job job = around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        Surroundings.soon().untilAsserted(() -> assertThat(job.checkpoints).isNotEmpty());
        job.command = JobCommand.Kind.PAUSE;
        around.awaitLast(spec.job(), JobEvent.Stopped.class);
        assertThat(job.checkpoints).hasSizeGreaterThan(1);

        around.others().damage(job.checkpoints.get(0));
        job.command = null;
        job.attempt = 2;
        around.dispatch(spec.job(), 2);

        int before = job.checkpoints.get(1).step();
        assertThat(around.awaitEvent(spec.job(), 2, JobEvent.Started.class).afterStep())
                .isEqualTo(before);
        assertThat(around.awaitEvent(spec.job(), 2, JobEvent.Stepped.class).step())
                .isEqualTo(before + 1);
        around.command(spec.job(), 2, JobCommand.Kind.CANCEL);
        around.awaitEvent(spec.job(), 2, JobEvent.Stopped.class);
    }

    @Test
    void aCancelLeavesACheckpointToo() {
        JobSpec spec = Jobs.endless();
        OtherServices.Job job = around.others().add(spec, Jobs.QUESTIONS);
        around.dispatch(spec.job(), 1);
        around.awaitTraining(spec.job());

        around.command(spec.job(), 1, JobCommand.Kind.CANCEL);

        around.awaitLast(spec.job(), JobEvent.Stopped.class);
        List<JobEvent.Stepped> steps = around.events(spec.job(), JobEvent.Stepped.class);
        assertThat(job.checkpoints.get(0).step())
                .isEqualTo(steps.get(steps.size() - 1).step());
        assertThat(job.checkpoints.get(0).trainLoss())
                .isEqualTo(steps.get(steps.size() - 1).loss());
    }

    private List<Digest> matrices(JobId job) {
        return around.others().published(job).orElseThrow().manifest().files().stream()
                .filter(file -> file.path().endsWith(".safetensors"))
                .map(Manifest.File::digest)
                .toList();
    }
}
