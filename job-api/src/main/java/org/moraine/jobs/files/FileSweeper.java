package org.moraine.jobs.files;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.moraine.jobs.Loop;

/** Removes what deleted and expired files leave behind. */
@Singleton
class FileSweeper {

    private final StoredFiles files;
    private final FilesConfig config;
    private @Nullable Loop loop;

    FileSweeper(StoredFiles files, FilesConfig config) {
        this.files = files;
        this.config = config;
    }

    void start(@Observes StartupEvent event) {
        loop = Loop.start("file-sweeper", config.sweepEvery(), files::sweep);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
    }
}
