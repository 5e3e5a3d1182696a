package org.moraine.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Makes a folder beside its place first and moves it there when it is complete: a half-written one is never seen. */
public final class WholeFolder {

    private WholeFolder() {}

    /** What goes into a folder. */
    public interface Content {
        void writeTo(Path folder) throws IOException;
    }

    /**
     * Makes the folder.
     *
     * @param place where nothing is yet, or an empty folder; folders above it are made
     * @throws EngineException naming the folder; nothing is left of it then, nor where the content throws
     */
    public static void write(Path place, Content content) {
        Path whole = place.toAbsolutePath().normalize();
        Path part = whole.resolveSibling("." + whole.getFileName() + "-" + UUID.randomUUID());
        try {
            Files.createDirectories(whole.getParent());
            Files.createDirectory(part);
            try {
                content.writeTo(part);
                Files.deleteIfExists(whole);
                Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                delete(part);
            }
        } catch (IOException e) {
            throw new EngineException(place + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static void delete(Path part) throws IOException {
        if (!Files.exists(part)) {
            return;
        }
        List<Path> below;
        try (Stream<Path> walk = Files.walk(part)) {
            below = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : below) {
            Files.delete(path);
        }
    }
}
