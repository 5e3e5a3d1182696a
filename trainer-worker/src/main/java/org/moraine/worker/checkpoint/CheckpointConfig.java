package org.moraine.worker.checkpoint;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How much work a lost worker costs at most. */
@ConfigMapping(prefix = "moraine.checkpoint")
interface CheckpointConfig {

    /** How long an attempt trains after a checkpoint until it leaves the next one, after the step that runs then. */
    @WithDefault("PT60S")
    Duration every();
}
