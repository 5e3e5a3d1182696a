package org.moraine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.stream.Stream;
import org.moraine.contracts.Refused;

/** The folder that {@code train} makes, with the adapter's files and {@code training.json}. */
final class TrainedFolder {

    private static final String RECORD = "training.json";

    private final Path path;
    private final CheckpointOptions checkpoints;

    TrainedFolder(Path path, CheckpointOptions checkpoints) {
        this.path = path;
        this.checkpoints = checkpoints;
    }

    /** What goes into the folder. */
    interface Content {
        void writeTo(Path folder);
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
    void write(Content content) throws IOException {
        if (checkpoints.asked()) {
            content.writeTo(path);
            checkpoints.finish(path);
            return;
        }
        Path place = path.toAbsolutePath().normalize();
        Files.createDirectories(place.getParent());
        Path part = place.resolveSibling("." + place.getFileName() + "-" + UUID.randomUUID());
        Files.createDirectory(part);
        try {
            content.writeTo(part);
            Files.deleteIfExists(place);
            Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            if (Files.exists(part)) {
                try (Stream<Path> files = Files.list(part)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(part);
            }
        }
    }
}
