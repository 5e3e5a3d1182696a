package org.moraine.engine.generation;

/**
 * How the next token is chosen.
 *
 * @param mostTokens generated at most
 * @param temperature zero takes the likeliest token
 * @param topP the smallest set of likeliest tokens whose probability reaches it is sampled from; 1 for all
 * @param seed the same prompt and seed give the same text
 */
public record Sampling(int mostTokens, double temperature, double topP, long seed) {

    public Sampling {
        if (mostTokens < 1) {
            throw new IllegalArgumentException("mostTokens is at least 1, not " + mostTokens);
        }
        if (!(temperature >= 0)) {
            throw new IllegalArgumentException("temperature is at least 0, not " + temperature);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP is above 0 and at most 1, not " + topP);
        }
    }

    /** The likeliest token each time. */
    public static Sampling greedy(int mostTokens) {
        return new Sampling(mostTokens, 0, 1, 0);
    }
}
