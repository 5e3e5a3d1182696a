package org.moraine.registry.version;

import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;

/**
 * One file of a version.
 *
 * @param gitSha1 git's name of the bytes; null for a big file, which the Hub names by its SHA-256
 */
public record VersionFile(
        String path, long size, Digest digest, @Nullable String gitSha1) {

    /** What the Hub's clients know the bytes by. */
    public String etag() {
        return gitSha1 == null ? digest.hex() : gitSha1;
    }

    /** As a manifest has it. */
    public Manifest.File described() {
        return new Manifest.File(path, size, digest);
    }

    public boolean big() {
        return gitSha1 == null;
    }
}
