package org.moraine.engine.training;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/**
 * The order of the examples: each epoch a new permutation, cut into batches; the last batch of an epoch may be
 * smaller. A step's batch follows from seed and step alone, so that a training can be taken up anywhere.
 */
final class Batches<T> {

    private final List<T> examples;
    private final ToIntFunction<T> length;
    private final int batchSize;
    private final long seed;
    private int shuffledEpoch = -1;
    private int[] order = new int[0];

    /**
     * Prepares them.
     *
     * @param length an example's, in tokens
     */
    Batches(List<T> examples, ToIntFunction<T> length, int batchSize, long seed) {
        this.examples = examples;
        this.length = length;
        this.batchSize = batchSize;
        this.seed = seed;
    }

    int perEpoch() {
        return (examples.size() + batchSize - 1) / batchSize;
    }

    /**
     * The examples of one step, the longest first, so that micro-batches cut from it hold examples of like length.
     *
     * @param step from 0
     */
    List<T> at(int step) {
        int[] permutation = order(step / perEpoch());
        int from = step % perEpoch() * batchSize;
        int to = Math.min(examples.size(), from + batchSize);
        return Arrays.stream(permutation, from, to)
                .mapToObj(examples::get)
                .sorted(Comparator.comparingInt(length).reversed())
                .toList();
    }

    private int[] order(int epoch) {
        if (epoch != shuffledEpoch) {
            SplittableRandom random = new SplittableRandom(seed * 1_000_003 + epoch);
            int[] shuffled = new int[examples.size()];
            for (int i = 0; i < shuffled.length; i++) {
                int j = random.nextInt(i + 1);
                shuffled[i] = shuffled[j];
                shuffled[j] = i;
            }
            order = shuffled;
            shuffledEpoch = epoch;
        }
        return order;
    }
}
