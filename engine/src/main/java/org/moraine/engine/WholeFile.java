package org.moraine.engine;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.moraine.contracts.Digest;

/**
 * Writes a file beside its place first and moves it there when it is complete and on the disk: a half-written one is
 * never seen, not even after the machine lost its power.
 */
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
            try (FileChannel channel = FileChannel.open(
                            part,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE);
                    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES)) {
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            keepName(file);
        } catch (IOException e) {
            throw new EngineException(file + ": cannot be written: " + e.getMessage(), e);
        } finally {
            delete(part);
        }
    }

    public static void write(Path file, byte[] content) {
        write(file, out -> out.write(content));
    }

    /**
     * Has the disk hold the name of a file or folder that was made, moved or deleted.
     *
     * @throws IOException where the disk fails
     */
    public static void keepName(Path path) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null) {
            try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
                names.force(true);
            }
        }
    }

    /**
     * The SHA-256 of a whole file's bytes.
     *
     * @throws EngineException naming the file
     */
    public static Digest digest(Path file) {
        MessageDigest sha256 = Digest.sha256();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer.clear()) >= 0) {
                sha256.update(buffer.flip());
            }
            return Digest.finished(sha256);
        } catch (IOException e) {
            throw new EngineException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * The SHA-256 of the files in a folder and below it, by their paths in it, which are written with {@code /}.
     *
     * @param wanted whether a path counts
     * @throws EngineException naming the file or folder that cannot be read
     */
    public static SortedMap<String, Digest> digests(Path folder, Predicate<String> wanted) {
        SortedMap<String, Digest> digests = new TreeMap<>();
        try (Stream<Path> below = Files.walk(folder)) {
            for (Path file : below.filter(Files::isRegularFile).toList()) {
                String path = folder.relativize(file).toString().replace('\\', '/');
                if (wanted.test(path)) {
                    digests.put(path, digest(file));
                }
            }
            return digests;
        } catch (IOException e) {
            throw new EngineException(folder + ": cannot be read: " + e.getMessage(), e);
        }
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
