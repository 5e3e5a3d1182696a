package org.moraine.engine.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How far a training is, between two steps.
 *
 * @param step steps passed, those without an update too: the place in the schedule and in the data
 * @param updates the optimizer made, by which its moments are corrected
 * @param trainedTokens tokens learnt so far, counted each time
 * @param skippedInARow steps without an update since the last one with
 */
public record TrainingPoint(
        int step,
        int updates,
        @JsonProperty("trained_tokens") long trainedTokens,
        @JsonProperty("skipped_in_a_row") int skippedInARow) {

    /** Before the first step. */
    public static final TrainingPoint START = new TrainingPoint(0, 0, 0, 0);

    /** After a step that learnt {@code tokens}, or had none to learn and made no update. */
    public TrainingPoint stepped(long tokens) {
        return new TrainingPoint(step + 1, updates + (tokens > 0 ? 1 : 0), trainedTokens + tokens, 0);
    }

    /** After a step that was left out. */
    public TrainingPoint skipped() {
        return new TrainingPoint(step + 1, updates, trainedTokens, skippedInARow + 1);
    }
}
