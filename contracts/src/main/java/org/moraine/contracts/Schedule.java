package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How the learning rate runs over a training: a linear warm-up from zero, then a decay that arrives at the last step.
 *
 * @param decay the shape after the warm-up
 * @param warmupRatio the warm-up's share of all steps, from 0 to 1; rounded up to whole steps
 * @param minimumRatio where the decay arrives, as a share of the peak, from 0 to 1; not read for a constant rate
 */
public record Schedule(
        Decay decay,
        @JsonProperty("warmup_ratio") double warmupRatio,
        @JsonProperty("minimum_ratio") double minimumRatio) {

    /** Shapes of the decay. */
    public enum Decay {
        @JsonProperty("linear")
        LINEAR,
        @JsonProperty("cosine")
        COSINE,
        @JsonProperty("constant")
        CONSTANT
    }

    @JsonCreator
    public Schedule {
        requireShare("warmup_ratio", warmupRatio);
        requireShare("minimum_ratio", minimumRatio);
    }

    /** A decay to zero. */
    public Schedule(Decay decay, double warmupRatio) {
        this(decay, warmupRatio, 0);
    }

    private static void requireShare(String field, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw Refused.invalid(field, field + " is from 0 to 1, not " + value);
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
            case LINEAR -> falling(peak, 1 - done);
            case COSINE -> falling(peak, 0.5 * (1 + Math.cos(Math.PI * done)));
            case CONSTANT -> peak;
        };
    }

    private double falling(double peak, double left) {
        return peak * (minimumRatio + (1 - minimumRatio) * left);
    }
}
