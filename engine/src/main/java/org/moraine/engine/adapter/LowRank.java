package org.moraine.engine.adapter;

import java.util.Arrays;

/**
 * A change of a weight as a product: delta W = B A, unscaled.
 *
 * @param a rank x in, row-major
 * @param b out x rank, row-major
 */
public record LowRank(int rank, float[] a, float[] b) {

    /** The same product with rows and columns of zeros up to a rank. */
    public LowRank padded(int to) {
        int out = b.length / rank;
        float[] wide = new float[out * to];
        for (int o = 0; o < out; o++) {
            System.arraycopy(b, o * rank, wide, o * to, rank);
        }
        return new LowRank(to, Arrays.copyOf(a, a.length / rank * to), wide);
    }
}
