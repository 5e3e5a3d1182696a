package org.moraine.engine.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Examples to learn from, and others to measure by.
 *
 * @param learnt in the order of the file
 * @param held in the order of the file; empty where nothing is measured
 */
record Holdout<T>(List<T> learnt, List<T> held) {

    /**
     * Sets a share of the examples apart: at least one, and at least one is left. The same seed takes the same ones.
     *
     * @param share from 0, which takes none, up to, not including, 1
     */
    static <T> Holdout<T> of(List<T> examples, double share, long seed) {
        int size = examples.size();
        if (share == 0 || size < 2) {
            return new Holdout<>(examples, List.of());
        }
        int count = Math.min(size - 1, Math.max(1, (int) Math.round(share * size)));
        List<Integer> drawn = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            drawn.add(i);
        }
        Collections.shuffle(drawn, new Random(seed));
        List<Integer> taken = drawn.subList(0, count);
        boolean[] held = new boolean[size];
        taken.forEach(i -> held[i] = true);
        List<T> rest = new ArrayList<>();
        List<T> apart = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            (held[i] ? apart : rest).add(examples.get(i));
        }
        return new Holdout<>(List.copyOf(rest), List.copyOf(apart));
    }
}
