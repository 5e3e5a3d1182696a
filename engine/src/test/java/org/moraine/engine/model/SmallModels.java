package org.moraine.engine.model;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.moraine.contracts.Projection;

/** Models small enough to be computed op by op, with awkward shapes. */
public final class SmallModels {

    private SmallModels() {}

    /** 3 layers, hidden 20, 3 query heads of 6 on 1 key-value head, feed-forward 28, vocabulary 37, tied. */
    public static ModelFolder awkward() {
        return folder("awkward", new ModelConfig(37, 20, 28, 3, 3, 1, 6, 1e-5, 10000, true, 64));
    }

    /** 2 layers, hidden 16, 4 query heads of 4 on 2 key-value heads, feed-forward 44, vocabulary 31, its own head. */
    public static ModelFolder untied() {
        return folder("untied", new ModelConfig(31, 16, 44, 2, 4, 2, 4, 1e-6, 500000, false, 64));
    }

    /** As Qwen3, with a window of 4 tokens in the middle layer: q and k norms, biases in attention. */
    public static ModelFolder windowed() {
        Architecture architecture = new Architecture(
                EnumSet.of(Projection.Q, Projection.K, Projection.V, Projection.O),
                true,
                new SlidingWindow(4, Set.of(1)),
                new RopeScaling.Llama3(4, 1, 4, 16));
        return folder("windowed", new ModelConfig(29, 12, 20, 3, 4, 2, 6, 1e-6, 10000, true, 64, architecture));
    }

    /** Biases everywhere, and a rotary embedding whose base grows from the 6th token on. */
    public static ModelFolder biased() {
        Architecture architecture = new Architecture(
                EnumSet.allOf(Projection.class), false, SlidingWindow.NONE, new RopeScaling.Dynamic(2.5, 6));
        return folder("biased", new ModelConfig(23, 14, 18, 2, 2, 1, 8, 1e-5, 10000, false, 64, architecture));
    }

    private static ModelFolder folder(String name, ModelConfig config) {
        return new ModelFolder(name, Path.of("nowhere"), config);
    }
}
