package org.moraine.jobs.estimate;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;
import org.moraine.engine.training.TrainingEstimate;
import org.moraine.jobs.Job;
import org.moraine.jobs.dispatch.Waiting;
import org.moraine.jobs.dispatch.Waits;
import org.moraine.jobs.validate.DataLook;
import org.moraine.jobs.validate.Effort;
import org.moraine.jobs.validate.FileLook;

/**
 * What a create request would come to.
 *
 * @param valid whether its job would be queued
 * @param message why it would fail, null where it would not
 * @param training what it takes, null where it would fail
 * @param queue what it would meet, null where it would fail
 */
record EstimateObject(
        String object,
        String model,
        JsonNode hyperparameters,
        boolean valid,
        @Nullable String message,
        FileLook trainingFile,
        @Nullable FileLook validationFile,
        @Nullable Training training,
        @Nullable Queue queue) {

    /**
     * What the training takes.
     *
     * @param tokensPerEpoch of the examples that are learnt from
     * @param tokens that all steps see
     * @param seconds on the fastest worker that is there and fits, null where none said how fast it is
     */
    record Training(
            long trainableParameters,
            int examples,
            long tokensPerEpoch,
            int steps,
            long tokens,
            Memory memory,
            @Nullable Double seconds) {}

    /** Peak memory in each type that the job may be computed in, null where its settings rule it out. */
    record Memory(@Nullable Bytes fp32, @Nullable Bytes bf16) {}

    /** With the layers' inner values kept, and with them computed again. */
    record Bytes(long kept, long recomputed) {

        private static @Nullable Bytes of(@Nullable TrainingEstimate estimate) {
            return estimate == null ? null : new Bytes(estimate.keptBytes(), estimate.recomputedBytes());
        }
    }

    /** The job's place among those that wait, from 1, and why it would wait, null where it would not. */
    record Queue(int position, @Nullable Waiting waiting) {}

    static EstimateObject invalid(Job job, DataLook look) {
        return told(job, look, null, null);
    }

    static EstimateObject of(Job job, DataLook look, Effort effort, Waits.Prospect prospect) {
        TrainingEstimate any = effort.any();
        Double rate = prospect.operationsPerSecond();
        Training training = new Training(
                any.trainableParameters(),
                any.examples(),
                any.tokensPerEpoch(),
                any.steps(),
                any.tokens(),
                new Memory(Bytes.of(effort.fp32()), Bytes.of(effort.bf16())),
                rate == null ? null : any.seconds(rate));
        return told(job, look, training, new Queue(prospect.position(), prospect.waiting()));
    }

    private static EstimateObject told(Job job, DataLook look, @Nullable Training training, @Nullable Queue queue) {
        Problem problem = look.problem();
        return new EstimateObject(
                "fine_tuning.estimate",
                job.model(),
                job.asked().echo().get("hyperparameters"),
                problem == null,
                problem == null ? null : problem.message(),
                look.training(),
                look.validation(),
                training,
                queue);
    }
}
