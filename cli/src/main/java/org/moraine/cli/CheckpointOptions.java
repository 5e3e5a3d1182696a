package org.moraine.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.CheckpointFolder;
import picocli.CommandLine.Option;

/** Whether a training leaves checkpoints in the folder that it makes, and goes on from those it finds there. */
final class CheckpointOptions {

    private static final String FOLDER = "checkpoints";

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            description = "Writes the whole state into DIR/checkpoints after every N steps, and when Ctrl-C comes; the"
                    + " newest two stay. The same command goes on from there, to the same bytes as without a stop; a"
                    + " checkpoint of another base model, other data or other settings is refused (exit code 5).")
    private @Nullable Integer every;

    @Option(names = "--keep-checkpoints", description = "Leaves the checkpoints in DIR when the training is finished.")
    private boolean kept;

    /** Whether the training has checkpoints. */
    boolean asked() {
        if (every != null && every < 1) {
            throw Refused.invalid("--checkpoint-every", "--checkpoint-every is at least 1, not " + every);
        }
        return every != null;
    }

    static Path within(Path out) {
        return out.resolve(FOLDER);
    }

    static CheckpointFolder folder(Path out) {
        return new CheckpointFolder(within(out), CheckpointFolder.KEPT);
    }

    /** Where to go on, empty where the training begins. */
    Optional<Checkpoint> found(Path out, Output output) {
        return asked()
                ? folder(out).newest(damaged -> output.progress("Passed over a damaged checkpoint: " + damaged))
                : Optional.empty();
    }

    boolean due(int step, boolean ending) {
        return every != null && (ending || step % every == 0);
    }

    /** The training is finished. */
    void finish(Path out) {
        if (!kept) {
            folder(out).clear();
        }
    }
}
