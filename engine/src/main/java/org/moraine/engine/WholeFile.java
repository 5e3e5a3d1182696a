package org.moraine.engine;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a file beside its place first and moves it there when it is complete: a half-written one is never seen. */
public final class WholeFile {

    private static final int BUFFER_BYTES = 1 << 20;

    private WholeFile() {}

    /** What goes into a file. */
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes the file; one that is there is replaced.
     *
     * @throws EngineException naming the file; what was there before is there still, and nothing lies beside it
     */
    public static void write(Path file, Content content) {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), BUFFER_BYTES)) {
                content.writeTo(out);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new EngineException(file + ": cannot be written: " + e.getMessage(), e);
        } finally {
            delete(part);
        }
    }

    public static void write(Path file, byte[] content) {
        write(file, out -> out.write(content));
    }

    private static void delete(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // The write itself has succeeded or is being reported; the next one takes the same name and replaces this.
            part.toFile().deleteOnExit();
        }
    }
}
