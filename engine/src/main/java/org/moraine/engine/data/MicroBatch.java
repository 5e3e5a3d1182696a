package org.moraine.engine.data;

import java.util.List;
import java.util.stream.LongStream;

/**
 * Examples that pass through the model together, one behind the other in a row. The label of a position is the id after
 * it in its example, or -1 where that is not trained.
 *
 * @param ids the examples' ids, each example's last left out, since it is only ever predicted
 * @param labels as many
 * @param ends for each example where it ends in the row
 */
public record MicroBatch(long[] ids, long[] labels, long[] ends) {

    private static final long NO_LABEL = -1;

    /** Puts the examples into a row, in their order. */
    public static MicroBatch of(List<Example> examples) {
        LongStream.Builder ids = LongStream.builder();
        LongStream.Builder labels = LongStream.builder();
        LongStream.Builder ends = LongStream.builder();
        int end = 0;
        for (Example example : examples) {
            int inputs = example.ids().length - 1;
            for (int i = 0; i < inputs; i++) {
                ids.add(example.ids()[i]);
                labels.add(example.trained()[i + 1] ? example.ids()[i + 1] : NO_LABEL);
            }
            if (inputs > 0) {
                end += inputs;
                ends.add(end);
            }
        }
        return end == 0
                ? new MicroBatch(new long[] {0}, new long[] {NO_LABEL}, new long[] {1})
                : new MicroBatch(
                        ids.build().toArray(),
                        labels.build().toArray(),
                        ends.build().toArray());
    }
}
