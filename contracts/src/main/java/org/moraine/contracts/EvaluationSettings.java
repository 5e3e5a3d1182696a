package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a training is measured while it runs, on examples that it does not learn from.
 *
 * @param split the share of the training examples that is set apart for it, from 0 up to, not including, 1; not read
 *     where there is a file for it
 * @param every steps from one evaluation to the next, null for the end of every epoch; there is always one at the end
 * @param keep the state that becomes the adapter
 * @param patience evaluations in a row without a lower loss after which the training ends, null for never
 * @param samplePrompts answered at each evaluation, one message of a user each
 */
public record EvaluationSettings(
        @JsonProperty("validation_split") double split,
        @JsonProperty("evaluate_every") @Nullable Integer every,
        Keep keep,
        @Nullable Integer patience,
        @JsonProperty("sample_prompts") List<String> samplePrompts) {

    private static final int MOST_STEPS = 10_000_000;
    private static final int MOST_PROMPTS = 20;
    private static final int LONGEST_PROMPT = 4000;

    /** Which state becomes the adapter. */
    public enum Keep {
        /** After the last step. */
        @JsonProperty("last")
        LAST,
        /** Of the evaluation with the lowest loss. */
        @JsonProperty("best")
        BEST
    }

    @JsonCreator
    public EvaluationSettings {
        keep = Objects.requireNonNullElse(keep, Keep.LAST);
        samplePrompts = List.copyOf(Objects.requireNonNullElse(samplePrompts, List.of()));
        if (!(split >= 0 && split < 1)) {
            throw Refused.invalid(
                    "validation_split", "validation_split is from 0 up to, not including, 1, not " + split);
        }
        if (every != null && (every < 1 || every > MOST_STEPS)) {
            throw Refused.invalid("evaluate_every", "evaluate_every is from 1 to " + MOST_STEPS + ", not " + every);
        }
        if (patience != null && (patience < 1 || patience > 1000)) {
            throw Refused.invalid("patience", "patience is from 1 to 1000, not " + patience);
        }
        if (samplePrompts.size() > MOST_PROMPTS) {
            throw Refused.invalid("sample_prompts", "sample_prompts are at most " + MOST_PROMPTS);
        }
        if (samplePrompts.stream().anyMatch(prompt -> prompt.isEmpty() || prompt.length() > LONGEST_PROMPT)) {
            throw Refused.invalid(
                    "sample_prompts", "each of sample_prompts has from 1 to " + LONGEST_PROMPT + " characters");
        }
    }

    /** No split, the last state, no end before the last step, no samples. */
    public static EvaluationSettings defaults() {
        return new EvaluationSettings(0, null, Keep.LAST, null, List.of());
    }
}
