package org.moraine.registry.hub;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.LowerCamelCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.VersionFile;

/**
 * A file or folder of a version. There is no {@code xetHash}: it would turn on a protocol that we do not speak.
 *
 * @param oid its git object
 * @param lastCommit only where it was asked for
 */
@JsonNaming(LowerCamelCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record TreeEntry(
        String type,
        String oid,
        long size,
        String path,
        @Nullable Lfs lfs,
        @Nullable LastCommit lastCommit) {

    /** The commit that brought it. */
    record LastCommit(String id, String title, String date) {}

    /** What lies in a folder, {@code ""} being the root; with all that lies in its folders if {@code recursive}. */
    static List<TreeEntry> in(
            String folder, Version version, List<VersionFile> files, boolean recursive, boolean expand) {
        String prefix = folder.isEmpty() ? "" : folder + "/";
        Set<String> folders = new LinkedHashSet<>();
        List<TreeEntry> entries = new ArrayList<>();
        for (VersionFile file : files) {
            if (!file.path().startsWith(prefix)) {
                continue;
            }
            String below = file.path().substring(prefix.length());
            for (int slash = below.indexOf('/'); slash >= 0; slash = below.indexOf('/', slash + 1)) {
                String path = prefix + below.substring(0, slash);
                if (folders.add(path)) {
                    entries.add(folder(path, version, expand));
                }
                if (!recursive) {
                    break;
                }
            }
            if (recursive || below.indexOf('/') < 0) {
                entries.add(file(file, version, expand));
            }
        }
        return entries;
    }

    /** What a path is, be it a file or a folder. */
    static Optional<TreeEntry> at(String path, Version version, List<VersionFile> files, boolean expand) {
        for (VersionFile file : files) {
            if (file.path().equals(path)) {
                return Optional.of(file(file, version, expand));
            }
            if (file.path().startsWith(path + "/")) {
                return Optional.of(folder(path, version, expand));
            }
        }
        return Optional.empty();
    }

    private static TreeEntry file(VersionFile file, Version version, boolean expand) {
        return new TreeEntry(
                "file", Lfs.gitHash(file), file.size(), file.path(), Lfs.of(file), commit(version, expand));
    }

    /** A folder's object is of our own making; that of a commit never changes. */
    private static TreeEntry folder(String path, Version version, boolean expand) {
        Digest name = Digest.of((version.commit() + "/" + path).getBytes(StandardCharsets.UTF_8));
        return new TreeEntry("directory", name.hex().substring(0, 40), 0, path, null, commit(version, expand));
    }

    private static @Nullable LastCommit commit(Version version, boolean expand) {
        return expand ? new LastCommit(version.commit(), version.title(), HubTime.of(version.publishedAt())) : null;
    }
}
