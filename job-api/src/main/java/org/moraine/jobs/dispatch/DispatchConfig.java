package org.moraine.jobs.dispatch;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How far ahead of the workers jobs are dispatched. */
@ConfigMapping(prefix = "moraine.dispatch")
interface DispatchConfig {

    /** How long a worker counts as there after it last said so; it says so every 5 s. */
    @WithDefault("PT15S")
    Duration workerSeen();

    /** After how long a dispatch that no worker took is put onto the topic once more, if a worker is idle. */
    @WithDefault("PT1M")
    Duration untaken();

    /** How long the dispatcher waits before it looks for due jobs without being asked. */
    @WithDefault("PT1S")
    Duration every();
}
