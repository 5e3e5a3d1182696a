package org.moraine.registry.publish;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.adapter.Adapters;
import org.moraine.registry.signature.Signatures;
import org.moraine.registry.version.NewVersion;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.VersionFile;
import org.moraine.registry.version.Versions;

/** Makes a version of what a team changes in the newest one itself. */
@ApplicationScoped
public class Uploading {

    private static final Logger LOG = Logger.getLogger(Uploading.class);
    private static final int LONGEST_SUMMARY = 500;

    private final Jdbi jdbi;
    private final Adapters adapters;
    private final Versions versions;
    private final UploadedFiles uploaded;
    private final Signatures signatures;

    Uploading(Jdbi jdbi, Adapters adapters, Versions versions, UploadedFiles uploaded, Signatures signatures) {
        this.jdbi = jdbi;
        this.adapters = adapters;
        this.versions = versions;
        this.uploaded = uploaded;
        this.signatures = signatures;
    }

    /**
     * Makes the newest version's files with the changes, in their order, the next version. Where they come to what the
     * newest has already, as when a client sends the same again, that is the answer and nothing is made.
     *
     * @param parent the commit that the changes were made to; null for whatever is newest
     * @return the commit of the version
     * @throws Refused {@code parent_moved} where the newest is another by now, {@code file_not_found} where something is
     *     deleted that is not there, {@code files} where nothing would be left
     */
    public String upload(
            AdapterName adapter, List<Change> changes, String summary, @Nullable String parent, TeamName by) {
        changes.stream().map(Change::file).filter(Objects::nonNull).forEach(uploaded::check);
        return jdbi.inTransaction(transaction -> {
            versions.lock(transaction, adapter);
            Optional<Version> newest = versions.newest(adapter);
            String before = newest.map(Version::commit).orElse(Manifest.NO_FILES);
            Map<String, Manifest.File> files = new TreeMap<>();
            newest.map(versions::files).orElse(List.of()).stream()
                    .map(VersionFile::described)
                    .forEach(file -> files.put(file.path(), file));
            List<Manifest.File> unchanged = List.copyOf(files.values());
            List<String> missing = changes.stream()
                    .filter(change -> !apply(change, files))
                    .map(Change::path)
                    .toList();
            if (List.copyOf(files.values()).equals(unchanged)) {
                return before;
            }
            if (parent != null && !parent.equals(before)) {
                throw Refused.conflict(
                        "parent_moved", "The newest commit of " + adapter + " is " + before + " by now, not " + parent);
            }
            if (!missing.isEmpty()) {
                throw Refused.absent(
                        "file_not_found", "path", "There is no '" + missing.get(0) + "' to delete in " + before);
            }
            if (files.isEmpty()) {
                throw Refused.invalid("files", "A version cannot be left without files; delete the adapter instead");
            }
            Manifest manifest = new Manifest(List.copyOf(files.values()));
            UploadedFiles.Described described = uploaded.describe(manifest);
            String text = summary.length() > LONGEST_SUMMARY ? summary.substring(0, LONGEST_SUMMARY) : summary;
            Adapters.Turn turn = adapters.takeTurn(transaction, adapter);
            versions.add(
                    transaction,
                    turn.adapterId(),
                    turn.version(),
                    new NewVersion(
                            null,
                            by,
                            text.replace("\u0000", ""),
                            described.baseModel(),
                            described.method(),
                            described.settings(),
                            manifest,
                            manifest.commit()));
            signatures.sign(transaction, turn.adapterId(), adapter, turn.version(), manifest);
            adapters.finishTurn(transaction, turn);
            LOG.infof(
                    "Version uploaded adapter=%s version=%d commit=%s team=%s",
                    adapter, turn.version(), manifest.commit(), by);
            return manifest.commit();
        });
    }

    /** Whether there was something to change. */
    private static boolean apply(Change change, Map<String, Manifest.File> files) {
        Manifest.File file = change.file();
        if (file != null) {
            files.put(file.path(), file);
            return true;
        }
        return change.folder()
                ? files.keySet().removeIf(path -> path.startsWith(change.path() + "/"))
                : files.remove(change.path()) != null;
    }
}
