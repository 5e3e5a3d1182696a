package org.moraine.engine.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.moraine.engine.EngineException;
import org.moraine.engine.WholeFile;
import org.moraine.engine.safetensors.SafetensorsWriter;

/**
 * The checkpoints of one training, each in {@code step-N}. Older ones go once a newer one is on the disk. One training
 * at a time may write here.
 */
public final class CheckpointFolder {

    /** How many are kept unless told: the newest, and one to fall back to. */
    public static final int KEPT = 2;

    private static final Pattern NAME = Pattern.compile("step-(\\d{1,9})");

    private final Path folder;
    private final int kept;

    /**
     * Names the folder; nothing is made or read yet.
     *
     * @param kept how many of the newest stay, at least 1
     */
    public CheckpointFolder(Path folder, int kept) {
        if (kept < 1) {
            throw new IllegalArgumentException("at least one checkpoint is kept, not " + kept);
        }
        this.folder = folder;
        this.kept = kept;
    }

    public Path path() {
        return folder;
    }

    /**
     * The newest whole checkpoint, empty where none was ever finished. One that is damaged is passed over.
     *
     * @param damaged told, for each that is passed over, which file of it is at fault
     * @throws EngineException naming the newest one's file at fault where all that were finished are damaged
     */
    public Optional<Checkpoint> newest(Consumer<String> damaged) {
        Optional<EngineException> first = Optional.empty();
        for (Path each : newestFirst()) {
            if (Files.exists(each.resolve(Checkpoint.MANIFEST))) {
                try {
                    return Optional.of(Checkpoint.open(each));
                } catch (EngineException e) {
                    damaged.accept(String.valueOf(e.getMessage()));
                    first = first.or(() -> Optional.of(e));
                }
            }
        }
        first.ifPresent(e -> {
            throw new EngineException(e.getMessage() + "; " + folder + " has no whole checkpoint", e);
        });
        return Optional.empty();
    }

    /**
     * Writes a checkpoint, then deletes what is older than the newest {@code kept}.
     *
     * @throws EngineException naming what cannot be written; the earlier checkpoints are there still
     */
    public Checkpoint write(
            RunInputs inputs,
            TrainingPoint point,
            History history,
            Map<String, List<SafetensorsWriter.Tensor>> tensors) {
        make();
        Checkpoint written = Checkpoint.write(folder.resolve("step-" + point.step()), inputs, point, history, tensors);
        int finished = 0;
        for (Path each : newestFirst()) {
            // One of a later step is damaged: the training went on from before it.
            boolean good = step(each) <= point.step() && Files.exists(each.resolve(Checkpoint.MANIFEST));
            finished += good ? 1 : 0;
            if (!good || finished > kept) {
                delete(each);
            }
        }
        return written;
    }

    private void make() {
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder);
                WholeFile.keepName(folder);
            }
        } catch (IOException e) {
            throw new EngineException(folder + ": cannot be made: " + e.getMessage(), e);
        }
    }

    /** Deletes all checkpoints, and the folder where nothing else is in it. */
    public void clear() {
        newestFirst().forEach(CheckpointFolder::delete);
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> others = Files.list(folder)) {
            if (others.findAny().isEmpty()) {
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new EngineException(folder + ": cannot be deleted: " + e.getMessage(), e);
        }
    }

    private List<Path> newestFirst() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> steps = new ArrayList<>(all.filter(
                            path -> NAME.matcher(path.getFileName().toString()).matches())
                    .toList());
            steps.sort(Comparator.comparingInt(CheckpointFolder::step).reversed());
            return steps;
        } catch (IOException e) {
            throw new EngineException(folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static int step(Path checkpoint) {
        return Integer.parseInt(checkpoint.getFileName().toString().substring("step-".length()));
    }

    /** The manifest first: what is left when this is interrupted is no checkpoint. */
    private static void delete(Path checkpoint) {
        try {
            Path manifest = checkpoint.resolve(Checkpoint.MANIFEST);
            if (Files.deleteIfExists(manifest)) {
                WholeFile.keepName(manifest);
            }
            try (Stream<Path> files = Files.list(checkpoint)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(checkpoint);
        } catch (IOException e) {
            throw new EngineException(checkpoint + ": cannot be deleted: " + e.getMessage(), e);
        }
    }
}
