package org.moraine.registry.hub;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.LowerCamelCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;
import org.moraine.registry.blob.GitHash;
import org.moraine.registry.version.VersionFile;

/**
 * What the Hub says of a big file. In git it would be a pointer, whose hash and size clients are told.
 *
 * @param oid the file's SHA-256
 * @param sha256 the same, as model info calls it
 */
@JsonNaming(LowerCamelCaseStrategy.class)
record Lfs(String oid, String sha256, long size, int pointerSize) {

    /** Null for a regular file. */
    static @Nullable Lfs of(VersionFile file) {
        return file.big()
                ? new Lfs(
                        file.digest().hex(),
                        file.digest().hex(),
                        file.size(),
                        pointer(file).length())
                : null;
    }

    /** The file's git object: its own hash, or its pointer's. */
    static String gitHash(VersionFile file) {
        return file.gitSha1() == null ? GitHash.of(pointer(file)) : file.gitSha1();
    }

    private static String pointer(VersionFile file) {
        return "version https://git-lfs.github.com/spec/v1\noid sha256:" + file.digest() + "\nsize " + file.size()
                + "\n";
    }
}
