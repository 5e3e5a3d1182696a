package org.moraine.worker.prepare;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.moraine.worker.Attempt;

/**
 * The work folder, in which every attempt has a folder of its own while it runs. A file lock in each says that its
 * process lives, so that several workers can share the work folder and what a killed one left is known as such.
 */
@Singleton
public class AttemptFolders {

    private static final Logger LOG = Logger.getLogger(AttemptFolders.class);
    private static final String LOCK = ".lock";

    private final Path workFolder;

    AttemptFolders(WorkConfig config) {
        this.workFolder = config.folder().toAbsolutePath();
    }

    /** Removes what killed workers left. */
    void start(@Observes StartupEvent event) throws IOException {
        Files.createDirectories(workFolder);
        for (Path folder : list(workFolder)) {
            if (Files.exists(folder.resolve(LOCK)) && isLeft(folder)) {
                LOG.warnf("Removing %s, which a killed worker left", folder);
                remove(folder);
            }
        }
    }

    /** Makes the attempt's folder. */
    public Opened open(Attempt attempt) throws IOException {
        Files.createDirectories(workFolder);
        Path unlocked = Files.createTempDirectory(workFolder, "new-");
        FileChannel lock =
                FileChannel.open(unlocked.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
        Path folder = workFolder.resolve(attempt.job() + "-" + attempt.number());
        return new Opened(Files.move(unlocked, folder), lock);
    }

    /**
     * An attempt's folder, removed with all it holds when it is closed.
     *
     * @param path where it is
     * @param lock held while it is open
     */
    public record Opened(Path path, FileChannel lock) implements AutoCloseable {

        @Override
        public void close() {
            try (lock) {
                remove(path);
            } catch (IOException e) {
                LOG.warnf("%s is left behind: %s", path, e.toString());
            }
        }
    }

    private static boolean isLeft(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE);
                FileLock free = channel.tryLock()) {
            return free != null;
        } catch (OverlappingFileLockException e) {
            return false; // this very process's
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> below = Files.walk(folder)) {
            for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.toList();
        }
    }
}
