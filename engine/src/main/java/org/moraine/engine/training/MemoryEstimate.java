package org.moraine.engine.training;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.safetensors.DType;

/** What a step with layers kept holds for its way back, to choose between keeping and recomputing. */
final class MemoryEstimate {

    private MemoryEstimate() {}

    /**
     * Bytes held: for each layer about ten values of the hidden width and six of the feed-forward's in the type
     * computed in, and attention's inputs in 32 bits; measured on SmolLM2's shape to be within a fifth.
     *
     * @param tokens in a micro-batch, filled up
     * @param longest example in it
     */
    static long keptBytes(ModelConfig config, DType dtype, long tokens, int longest) {
        long perToken = (10L * config.hiddenSize() + 6L * config.feedForwardSize()) * dtype.bytes()
                + 4L * 8 * config.heads() * config.headSize();
        return config.layers() * tokens * perToken + 4L * 3 * 128 * config.vocabularySize() + longest;
    }

    /** Bytes of physical memory that are free now. */
    static long available() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getFreeMemorySize();
    }
}
