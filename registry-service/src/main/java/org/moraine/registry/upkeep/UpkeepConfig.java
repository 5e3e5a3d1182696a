package org.moraine.registry.upkeep;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long things are kept and how often they are looked at. */
@ConfigMapping(prefix = "moraine.upkeep")
interface UpkeepConfig {

    /** The pause between rounds; no round begins earlier after a start. */
    @WithDefault("PT1H")
    Duration every();

    /** For how long a deleted version can be restored. */
    @WithDefault("P7D")
    Duration deletedKept();

    /** For how long a blob that no version has stays after it was last sent or asked for. */
    @WithDefault("P1D")
    Duration grace();

    /** After how long a blob is read again to see whether it is sound. */
    @WithDefault("P30D")
    Duration checkAgain();

    /** How many bytes a round reads for that, at most. */
    @WithDefault("50000000000")
    long checkBytes();
}
