package org.moraine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.moraine.contracts.Refused;
import org.moraine.engine.WholeFolder;

/** The folder that {@code train} makes, with the adapter's files and {@code training.json}. */
final class TrainedFolder {

    private static final String RECORD = "training.json";

    private final Path path;
    private final CheckpointOptions checkpoints;

    TrainedFolder(Path path, CheckpointOptions checkpoints) {
        this.path = path;
        this.checkpoints = checkpoints;
    }

    /** Refuses a folder that holds something, other than this training's own checkpoints. */
    void requireFree() throws IOException {
        boolean unfinished = Files.isDirectory(CheckpointOptions.within(path)) && !Files.exists(path.resolve(RECORD));
        if (!unfinished) {
            OutFolder.requireFree(path);
        } else if (!checkpoints.asked()) {
            throw Refused.invalid(
                    "--out",
                    path + " holds the checkpoints of a training that is not finished; go on with"
                            + " --checkpoint-every N, or remove it first");
        }
    }

    /**
     * Writes everything: in one piece, or, beside checkpoints, file by file, and then the checkpoints go. Who stops it
     * there can finish from the last of them.
     */
    void write(WholeFolder.Content content) throws IOException {
        if (checkpoints.asked()) {
            content.writeTo(path);
            checkpoints.finish(path);
        } else {
            WholeFolder.write(path, content);
        }
    }
}
