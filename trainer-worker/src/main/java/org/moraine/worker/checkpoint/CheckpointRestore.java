package org.moraine.worker.checkpoint;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.SavedCheckpoint;
import org.moraine.engine.EngineException;
import org.moraine.engine.WholeFile;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.worker.Attempt;
import org.moraine.worker.Declined;
import org.moraine.worker.JobApi;

/** Brings a job's newest checkpoint to this machine. */
@Singleton
public class CheckpointRestore {

    private static final Logger LOG = Logger.getLogger(CheckpointRestore.class);

    private final JobApi jobs;

    CheckpointRestore(JobApi jobs) {
        this.jobs = jobs;
    }

    /**
     * Fetches the newest checkpoint whose bytes are those that were saved; one that is gone or damaged is passed over.
     *
     * @param folder of checkpoints, in which the newest becomes {@code step-N}
     * @return empty where there is none to go on from
     * @throws Attempt.Stopped where the attempt is told to stop before or meanwhile
     */
    public Optional<Checkpoint> newest(Attempt attempt, Path folder) throws IOException {
        List<SavedCheckpoint> all = attempt.waitFor(() -> jobs.checkpoints(attempt));
        for (SavedCheckpoint saved : all) {
            try {
                Checkpoint checkpoint = fetched(attempt, saved, folder.resolve("step-" + saved.step()));
                LOG.infof("Checkpoint fetched %s step=%d", attempt, saved.step());
                return Optional.of(checkpoint);
            } catch (EngineException | Declined e) {
                attempt.requireGoesOn();
                LOG.warnf("Checkpoint passed over: %s %s step=%d", e.getMessage(), attempt, saved.step());
            }
        }
        return Optional.empty();
    }

    private Checkpoint fetched(Attempt attempt, SavedCheckpoint saved, Path folder) throws IOException {
        for (Manifest.File file : saved.manifest().files()) {
            Path path = folder.resolve(file.path());
            Files.createDirectories(path.getParent());
            attempt.waitFor(() -> {
                jobs.checkpointFile(attempt, file, path);
                return path;
            });
            boolean manifest = file.path().equals(Checkpoint.MANIFEST); // which names the others' digests
            if (manifest && !WholeFile.digest(path).equals(file.digest())) {
                throw new EngineException(path + ": has other bytes than those that were saved");
            }
        }
        return Checkpoint.open(folder);
    }
}
