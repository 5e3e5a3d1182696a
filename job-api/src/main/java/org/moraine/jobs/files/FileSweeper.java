package org.moraine.jobs.files;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.moraine.jobs.Loop;

/** Removes what deleted and expired files and uploads leave behind, and blobs that nobody names. */
@Singleton
class FileSweeper {

    private final StoredFiles files;
    private final Uploads uploads;
    private final StoredBlobs blobs;
    private final FilesConfig config;
    private @Nullable Loop loop;

    FileSweeper(StoredFiles files, Uploads uploads, StoredBlobs blobs, FilesConfig config) {
        this.files = files;
        this.uploads = uploads;
        this.blobs = blobs;
        this.config = config;
    }

    void start(@Observes StartupEvent event) {
        loop = Loop.start("file-sweeper", config.sweepEvery(), this::sweep);
    }

    private void sweep() throws IOException {
        files.sweep();
        uploads.sweep();
        blobs.sweep();
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
    }
}
