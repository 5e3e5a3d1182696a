package org.moraine.stack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Holds a folder for one program: the lock ends with its holder, also when that is killed. */
final class FolderLock implements AutoCloseable {

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Makes the folder when it is not there; empty when another holds it. */
    static Optional<FolderLock> tryTake(Path folder) {
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(channel)) return Optional.of(new FolderLock(channel));
            channel.close();
            return Optional.empty();
        } catch (IOException e) {
            throw new StackException("The data folder " + folder + " cannot be used: " + e.getMessage(), e);
        }
    }

    static FolderLock take(String part, Path folder) {
        return tryTake(folder)
                .orElseThrow(() -> new StackException(part + " is already running on the data folder " + folder
                        + ": stop that one, or choose another folder."));
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new StackException("A lock file could not be closed: " + e.getMessage(), e);
        }
    }
}
