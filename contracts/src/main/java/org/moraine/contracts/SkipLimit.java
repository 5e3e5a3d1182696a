package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How many steps may pass without an update because their loss or gradients were not finite; one more fails the
 * training.
 *
 * @param inARow one after the other: numbers that do not come back
 * @param inAll over the whole training: numbers that go astray again and again
 */
public record SkipLimit(
        @JsonProperty("in_a_row") int inARow,
        @JsonProperty("in_all") int inAll) {

    private static final int MOST = 1_000_000;

    public SkipLimit {
        requireWithin("skips_in_a_row", inARow);
        requireWithin("skips_in_all", inAll);
    }

    private static void requireWithin(String field, int value) {
        if (value < 0 || value > MOST) {
            throw Refused.invalid(field, field + " is from 0 to " + MOST + ", not " + value);
        }
    }

    /** Five in a row, a hundred in all. */
    public static SkipLimit defaults() {
        return new SkipLimit(5, 100);
    }
}
