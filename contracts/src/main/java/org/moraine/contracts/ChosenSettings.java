package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What a training does with, where its settings leave something open: what rules chose, else what was asked for.
 *
 * @param learningRate the schedule's peak
 */
public record ChosenSettings(
        int epochs,
        @JsonProperty("batch_size") int batchSize,
        @JsonProperty("learning_rate") double learningRate) {

    /** Of settings that leave nothing open. */
    public static ChosenSettings of(TrainingSettings settings) {
        return new ChosenSettings(settings.epochs(), settings.batchSize(), settings.learningRate());
    }
}
