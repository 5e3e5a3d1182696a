package org.moraine.engine.training;

import java.util.Arrays;
import java.util.List;
import org.moraine.engine.data.Example;

/**
 * Examples that pass through the model together, filled up at the end to the longest. Attention is causal, so nothing
 * sees what is filled in. The label of a position is the id after it, or -1 where that is not trained.
 *
 * @param ids row-major, examples x tokens
 */
record MicroBatch(int examples, int tokens, long[] ids, long[] labels) {

    private static final long NO_LABEL = -1;

    static MicroBatch of(List<Example> examples) {
        // The last id is only ever predicted, never an input.
        int tokens = Math.max(
                1, examples.stream().mapToInt(e -> e.ids().length).max().orElse(1) - 1);
        long[] ids = new long[examples.size() * tokens];
        long[] labels = new long[ids.length];
        Arrays.fill(labels, NO_LABEL);
        for (int row = 0; row < examples.size(); row++) {
            Example example = examples.get(row);
            for (int i = 0; i + 1 < example.ids().length; i++) {
                ids[row * tokens + i] = example.ids()[i];
                if (example.trained()[i + 1]) {
                    labels[row * tokens + i] = example.ids()[i + 1];
                }
            }
        }
        return new MicroBatch(examples.size(), tokens, ids, labels);
    }
}
