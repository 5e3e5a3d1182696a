package org.moraine.worker.prepare;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;

/** Where attempts keep their files while they run. */
@ConfigMapping(prefix = "moraine.work")
public interface WorkConfig {

    /** The folder in which every attempt has one of its own, removed at its end. */
    @WithDefault("${java.io.tmpdir}/moraine-worker")
    Path folder();
}
