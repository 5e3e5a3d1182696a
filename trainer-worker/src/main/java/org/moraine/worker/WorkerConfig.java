package org.moraine.worker;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Who this worker is. */
@ConfigMapping(prefix = "moraine.worker")
public interface WorkerConfig {

    /** The worker's name, its own among all workers; the host's name unless set. */
    Optional<String> name();

    /** The credential that all workers share, sent to job-api and registry-service. */
    String key();

    /** How long a lost connection is tried again before the attempt ends as failed, to be made again. */
    @WithDefault("PT5M")
    Duration patience();

    /** How many GPUs a training uses, all of the machine's unless set; without one, how often the CPU is taken, once unless set. */
    Optional<Integer> devices();

    /**
     * The memory that a training may take on all devices together, with K, M or G; all of a GPU's, nine tenths of several
     * GPUs', or all of the machine's for a CPU, unless set.
     */
    Optional<MemorySize> memory();

    /** The container image that this is, for the records of what is made here. */
    Optional<String> image();

    /** How fast the device multiplies matrices, in GFLOP/s, for estimates of time; measured on a CPU unless set. */
    Optional<Double> gigaflops();
}
