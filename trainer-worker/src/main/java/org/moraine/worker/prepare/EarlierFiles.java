package org.moraine.worker.prepare;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.EarlierAdapter;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.engine.WholeFile;
import org.moraine.engine.adapter.Adapter;
import org.moraine.worker.Attempt;
import org.moraine.worker.Declined;
import org.moraine.worker.RegistryClient;

/** The version that a job trains further, brought to this machine. */
@Singleton
public class EarlierFiles {

    private static final Logger LOG = Logger.getLogger(EarlierFiles.class);
    private static final int NOT_FOUND = 404;

    private final RegistryClient registry;
    private final SignedModels signed;

    EarlierFiles(RegistryClient registry, SignedModels signed) {
        this.registry = registry;
        this.signed = signed;
    }

    /**
     * Fetches what {@link Adapter#read} reads of the version.
     *
     * @return the folder with the files; null where the job's adapter begins anew
     * @throws Refused code {@code adapter_not_found} where the version is gone, {@code content_altered} where its bytes
     *     are others than it says; as {@link SignedModels#require(EarlierAdapter, SortedMap)}
     * @throws Attempt.Stopped where the attempt is told to stop before or meanwhile
     */
    public @Nullable Path fetch(Attempt attempt, Path folder) throws IOException {
        EarlierAdapter earlier = attempt.spec().earlier();
        if (earlier == null) {
            return null;
        }
        Path place = folder.resolve("earlier-adapter");
        SortedMap<String, Digest> found = new TreeMap<>();
        try {
            Manifest manifest = attempt.waitFor(() -> registry.files(earlier));
            if (!manifest.commit().equals(earlier.commit())) {
                throw other(earlier);
            }
            Map<String, Manifest.File> files =
                    manifest.files().stream().collect(Collectors.toMap(Manifest.File::path, file -> file));
            for (String path : Adapter.ownFiles(files.keySet())) {
                Manifest.File file = files.get(path);
                if (file == null) {
                    throw other(earlier);
                }
                found.put(path, fetched(attempt, earlier, file, place.resolve(path)));
            }
        } catch (Declined e) {
            if (e.status() != NOT_FOUND) {
                throw e;
            }
            throw Refused.absent("adapter_not_found", "model", earlier + " is not in the registry any more");
        }
        signed.require(earlier, found);
        LOG.infof("The earlier adapter is fetched %s version=%s", attempt, earlier);
        return place;
    }

    private Digest fetched(Attempt attempt, EarlierAdapter earlier, Manifest.File file, Path into) throws IOException {
        Files.createDirectories(into.getParent());
        attempt.waitFor(() -> {
            registry.fetch(earlier, file, into);
            return into;
        });
        Digest digest = WholeFile.digest(into);
        if (!digest.equals(file.digest())) {
            throw altered("The registry gives other bytes for " + file.path() + " of " + earlier
                    + " than those it was published with");
        }
        return digest;
    }

    private static Refused other(EarlierAdapter earlier) {
        return altered(earlier + " is not the adapter that this job was to go on from");
    }

    private static Refused altered(String message) {
        return new Refused(new Problem(Problem.Category.CONFLICT, "content_altered", message, "model"));
    }
}
