package org.moraine.jobs.checkpoint;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How large checkpoints may be, and how long their bytes are kept. */
@ConfigMapping(prefix = "moraine.checkpoints")
interface CheckpointsConfig {

    /** The largest file of a checkpoint, in bytes or with K, M or G. */
    @WithDefault("16G")
    MemorySize largestFile();

    /** How many of a job's newest checkpoints are kept: one to go on from, the others to fall back to. */
    @WithDefault("2")
    int kept();

    /** How long a job's checkpoints are kept after it failed or was cancelled; those of one that succeeded go at once. */
    @WithDefault("P7D")
    Duration keptAfterEnd();

    /** How often checkpoints of ended jobs are looked for. */
    @WithDefault("PT10M")
    Duration sweepEvery();
}
