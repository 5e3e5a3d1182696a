package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint of a job's training as a worker brings it to job-api, and another one fetches it.
 *
 * @param step passed steps, from 1
 * @param trainLoss of that step, mean over its trained tokens, in nats; null where it made no update
 * @param validLoss mean over the labelled tokens of the examples that are not learnt, in nats; null where they were
 *     not looked at after that step
 * @param validAccuracy the share of those tokens that were the likeliest; null where {@code validLoss} is
 * @param manifest every file of it
 */
public record SavedCheckpoint(
        int step,
        @JsonProperty("train_loss") @Nullable Double trainLoss,
        @JsonProperty("valid_loss") @Nullable Double validLoss,
        @JsonProperty("valid_accuracy") @Nullable Double validAccuracy,
        Manifest manifest) {

    /** A checkpoint has the state of a training, whatever its size, in a handful of files. */
    public static final int MOST_FILES = 32;

    public SavedCheckpoint {
        if (step < 1) {
            throw Refused.invalid("step", "A checkpoint is one after a step, counted from 1");
        }
        if (manifest == null || manifest.files().size() > MOST_FILES) {
            throw Refused.invalid("manifest", "A checkpoint has a manifest with at most " + MOST_FILES + " files");
        }
    }
}
