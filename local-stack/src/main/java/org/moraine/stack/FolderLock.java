package org.moraine.stack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Holds a folder for one program: the lock ends with its holder, also when that is killed. */
final class FolderLock implements AutoCloseable {

    /** This program's own: closing a second channel to a file would release the system's lock on it. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private FolderLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Makes the folder when it is not there; empty when another holds it. */
    static Optional<FolderLock> tryTake(Path folder) {
        try {
            Path file = Files.createDirectories(folder).toRealPath().resolve("lock");
            if (!HELD.add(file)) return Optional.empty();
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FolderLock lock = new FolderLock(file, channel);
            if (channel.tryLock() != null) return Optional.of(lock);
            lock.close();
            return Optional.empty();
        } catch (IOException e) {
            throw new StackException("The data folder " + folder + " cannot be used: " + e.getMessage(), e);
        }
    }

    static FolderLock take(Part part, Path folder) {
        return tryTake(folder)
                .orElseThrow(() -> new StackException(part.title() + " is already running on the data folder " + folder
                        + ": stop that one, or choose another folder."));
    }

    /** How a part comes up under the lock of its folder. */
    interface Starting<T> {
        T start(FolderLock lock, Path folder) throws IOException;
    }

    /**
     * Starts a part that holds its data folder from now on.
     *
     * @throws StackException when the folder is in use or the part does not come up; the folder is free again then
     */
    static <T> T start(Part part, Path dataFolder, Path log, Starting<T> starting) {
        Path folder = dataFolder.toAbsolutePath();
        FolderLock lock = take(part, folder);
        try {
            Child.endLeftover(log);
            return starting.start(lock, folder);
        } catch (IOException | RuntimeException e) {
            lock.close();
            if (e instanceof StackException refused) throw refused;
            throw new StackException(part.title() + " could not be started in " + folder + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
            HELD.remove(file);
        } catch (IOException e) {
            throw new StackException("A lock file could not be closed: " + e.getMessage(), e);
        }
    }
}
