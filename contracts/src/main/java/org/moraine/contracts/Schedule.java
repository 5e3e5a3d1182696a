package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How the learning rate runs over a training: a linear warm-up from zero, then a decay to zero at the last step.
 *
 * @param decay the shape after the warm-up
 * @param warmupRatio the warm-up's share of all steps, from 0 to 1; rounded up to whole steps
 */
public record Schedule(
        Decay decay, @JsonProperty("warmup_ratio") double warmupRatio) {

    /** Shapes of the decay. */
    public enum Decay {
        @JsonProperty("linear")
        LINEAR,
        @JsonProperty("cosine")
        COSINE,
        @JsonProperty("constant")
        CONSTANT
    }

    public Schedule {
        if (!(warmupRatio >= 0 && warmupRatio <= 1)) {
            throw Refused.invalid("warmup_ratio", "warmup_ratio is from 0 to 1, not " + warmupRatio);
        }
    }

    /**
     * The learning rate of one step.
     *
     * @param step from 0 to {@code steps} - 1
     */
    public double at(int step, int steps, double peak) {
        int warmup = (int) Math.ceil(warmupRatio * steps);
        if (step < warmup) {
            return peak * (step + 1) / warmup;
        }
        double done = steps == warmup ? 0 : (double) (step - warmup) / (steps - warmup);
        return switch (decay) {
            case LINEAR -> peak * (1 - done);
            case COSINE -> peak * 0.5 * (1 + Math.cos(Math.PI * done));
            case CONSTANT -> peak;
        };
    }
}
