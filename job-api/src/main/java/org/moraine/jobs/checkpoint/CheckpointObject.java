package org.moraine.jobs.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.jobs.Job;
import org.moraine.jobs.openai.Page;

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
            int step, @Nullable Double trainLoss, @Nullable Double fullValidLoss) {}

    /** A page of checkpoints, which names its ends. */
    record Listed(
            String object,
            List<CheckpointObject> data,
            boolean hasMore,
            @Nullable String firstId,
            @Nullable String lastId) {

        static Listed of(Page<CheckpointObject> page) {
            List<CheckpointObject> data = page.data();
            return new Listed(
                    page.object(),
                    data,
                    page.hasMore(),
                    data.isEmpty() ? null : data.get(0).id(),
                    data.isEmpty() ? null : data.get(data.size() - 1).id());
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
                new Metrics(
                        entry.saved().step(),
                        entry.saved().trainLoss(),
                        entry.saved().validLoss()));
    }
}
