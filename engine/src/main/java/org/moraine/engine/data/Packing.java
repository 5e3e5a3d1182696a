package org.moraine.engine.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Joins examples end to end into sequences of one length, for continued pretraining. Attention crosses from one
 * example into the next; what is learnt stays what the examples say, and that a plain text ends.
 */
public final class Packing {

    private Packing() {}

    /**
     * Sequences of {@code tokens} ids, in the examples' order; the last may be shorter. After each plain text
     * that does not end with it, {@code end} is put, and learnt; other examples bring their own ends.
     */
    public static List<Example> endToEnd(List<Example> examples, int tokens, int end) {
        List<Example> sequences = new ArrayList<>();
        int[] ids = new int[tokens];
        boolean[] trained = new boolean[tokens];
        int filled = 0;
        int line = 0;
        for (Example example : examples) {
            int own = example.ids().length;
            boolean ended = !example.isPlainText() || example.ids()[own - 1] == end;
            for (int i = 0; i < own + (ended ? 0 : 1); i++) {
                line = filled == 0 ? example.line() : line;
                ids[filled] = i < own ? example.ids()[i] : end;
                trained[filled] = filled > 0 && (i == own || example.trained()[i]);
                filled++;
                if (filled == tokens) {
                    sequences.add(new Example(line, ids.clone(), trained.clone()));
                    filled = 0;
                }
            }
        }
        if (filled > 1) {
            sequences.add(new Example(line, Arrays.copyOf(ids, filled), Arrays.copyOf(trained, filled)));
        }
        return sequences.stream().filter(s -> s.trainedTokens() > 0).toList();
    }
}
