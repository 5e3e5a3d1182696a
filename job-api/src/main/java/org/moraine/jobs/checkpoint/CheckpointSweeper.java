package org.moraine.jobs.checkpoint;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.moraine.jobs.Loop;

/** Lets go of the checkpoints of jobs that have ended. */
@Singleton
class CheckpointSweeper {

    private final Checkpoints checkpoints;
    private final CheckpointsConfig config;
    private @Nullable Loop loop;

    CheckpointSweeper(Checkpoints checkpoints, CheckpointsConfig config) {
        this.checkpoints = checkpoints;
        this.config = config;
    }

    void start(@Observes StartupEvent event) {
        loop = Loop.start("checkpoint-sweeper", config.sweepEvery(), checkpoints::sweep);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
    }
}
