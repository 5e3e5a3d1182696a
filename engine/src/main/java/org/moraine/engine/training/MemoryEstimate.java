package org.moraine.engine.training;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.safetensors.DType;

/** What a step with layers kept holds for its way back, to choose between keeping and recomputing. */
final class MemoryEstimate {

    private static final Path MEMORY = Path.of("/proc/meminfo");

    private MemoryEstimate() {}

    /**
     * Bytes held: for each layer about ten values of the hidden width and six of the feed-forward's in the type
     * computed in, attention's inputs in 32 bits, and one chunk of logits.
     *
     * @param tokens in a micro-batch, filled up
     */
    static long keptBytes(ModelConfig config, DType dtype, long tokens) {
        long perToken = (10L * config.hiddenSize() + 6L * config.feedForwardSize()) * dtype.bytes()
                + 4L * 8 * config.heads() * config.headSize();
        return config.layers() * tokens * perToken + 4L * 3 * 128 * config.vocabularySize();
    }

    /** Bytes of physical memory that a process could have now. */
    static long available() {
        try {
            // What Java calls free leaves out the page cache, which a model just mapped has filled.
            for (String line : Files.readAllLines(MEMORY)) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException e) {
            // Not Linux; Java's figure is the best there is.
        }
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getFreeMemorySize();
    }
}
