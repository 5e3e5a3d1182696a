package org.moraine.engine.model;

import java.nio.file.Path;

/** Models small enough to be computed op by op, with awkward shapes. */
public final class SmallModels {

    private SmallModels() {}

    /** 3 layers, hidden 20, 3 query heads of 6 on 1 key-value head, feed-forward 28, vocabulary 37, tied. */
    public static ModelFolder awkward() {
        return new ModelFolder(
                "awkward", Path.of("nowhere"), new ModelConfig(37, 20, 28, 3, 3, 1, 6, 1e-5, 10000, true, 64));
    }

    /** 2 layers, hidden 16, 4 query heads of 4 on 2 key-value heads, feed-forward 44, vocabulary 31, its own head. */
    public static ModelFolder untied() {
        return new ModelFolder(
                "untied", Path.of("nowhere"), new ModelConfig(31, 16, 44, 2, 4, 2, 4, 1e-6, 500000, false, 64));
    }
}
