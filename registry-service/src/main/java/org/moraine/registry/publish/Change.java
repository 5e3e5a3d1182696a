package org.moraine.registry.publish;

import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Refused;

/**
 * One change to an adapter's files.
 *
 * @param path a file's, or with {@code folder} that of all files below it
 * @param file what the path is from now on; null where it is gone
 */
public record Change(String path, boolean folder, Manifest.@Nullable File file) {

    /** A file that is added, or takes the place of the one that has its path. */
    public static Change put(Manifest.File file) {
        return new Change(file.path(), false, file);
    }

    public static Change delete(String path) {
        return new Change(path, false, null);
    }

    public static Change deleteFolder(String path) {
        String folder = path.replaceAll("/+$", "");
        if (folder.isEmpty()) {
            throw Refused.invalid("path", "Say which folder goes; a version cannot be left without files");
        }
        return new Change(folder, true, null);
    }
}
