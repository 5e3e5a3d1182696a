package org.moraine.jobs.lease;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long leases last, and what happens after one that brought nothing. */
@ConfigMapping(prefix = "moraine.lease")
interface LeaseConfig {

    /** How long a lease lasts unless renewed; from {@code MORAINE_LEASE}. */
    @WithDefault("PT30S")
    Duration lasts();

    /** After how many attempts that failed or ran out a job fails. */
    @WithDefault("3")
    int attempts();

    /** The wait before the second attempt; it doubles with every further one. */
    @WithDefault("PT5S")
    Duration backOff();

    /** How often leases that ran out are looked for. */
    @WithDefault("PT1S")
    Duration sweepEvery();
}
