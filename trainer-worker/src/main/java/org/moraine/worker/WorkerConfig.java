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

    /** The memory that a training may take, with K, M or G; all of the device's, or of the machine's for a CPU, unless set. */
    Optional<MemorySize> memory();

    /** How fast the device multiplies matrices, in GFLOP/s, for estimates of time; measured on a CPU unless set. */
    Optional<Double> gigaflops();
}
