package org.moraine.jobs.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.SavedCheckpoint;
import org.moraine.jobs.Job;

/** A checkpoint as OpenAI's clients see it. */
record CheckpointObject(
        String object,
        String id,
        long createdAt,
        String fineTunedModelCheckpoint,
        String fineTuningJobId,
        int stepNumber,
        Metrics metrics) {

    /** Numbers of the step; what was not measured is left out. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Metrics(
            int step,
            @Nullable Double trainLoss,
            @Nullable Double validLoss,
            @Nullable Double validMeanTokenAccuracy,
            @Nullable Double fullValidLoss,
            @Nullable Double fullValidMeanTokenAccuracy) {

        /** Every evaluation is of all examples that are set apart. */
        static Metrics of(SavedCheckpoint saved) {
            return new Metrics(
                    saved.step(),
                    saved.trainLoss(),
                    saved.validLoss(),
                    saved.validAccuracy(),
                    saved.validLoss(),
                    saved.validAccuracy());
        }
    }

    static CheckpointObject of(Job job, Checkpoints.Entry entry) {
        return new CheckpointObject(
                "fine_tuning.job.checkpoint",
                entry.id(),
                entry.at().getEpochSecond(),
                job.fineTunedModel() + ":ckpt-step-" + entry.saved().step(),
                job.id().value(),
                entry.saved().step(),
                Metrics.of(entry.saved()));
    }
}
