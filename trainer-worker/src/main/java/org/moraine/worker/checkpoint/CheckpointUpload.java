package org.moraine.worker.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.SavedCheckpoint;
import org.moraine.engine.WholeFile;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.History;
import org.moraine.worker.Attempt;
import org.moraine.worker.Declined;
import org.moraine.worker.JobApi;
import org.moraine.worker.Stop;
import org.moraine.worker.report.AttemptReport;

/**
 * Brings the checkpoints of one attempt to job-api, one at a time and beside the training: files first, the manifest
 * last, and it only when the broker holds what was said of the steps before. One that cannot be brought is left out;
 * the training goes on, and the next is tried. Used by the attempt's own thread.
 */
public final class CheckpointUpload implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(CheckpointUpload.class);
    private static final Duration BEFORE_SHUTDOWN = Duration.ofSeconds(60);
    private static final int CONFLICT = 409;

    private final JobApi jobs;
    private final Attempt attempt;
    private final AttemptReport report;
    private final Duration every;
    private final Duration patience;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "checkpoints"));

    private Future<?> underWay = CompletableFuture.completedFuture(null);
    private long last = System.nanoTime();

    CheckpointUpload(JobApi jobs, Attempt attempt, AttemptReport report, Duration every, Duration patience) {
        this.jobs = jobs;
        this.attempt = attempt;
        this.report = report;
        this.every = every;
        this.patience = patience;
    }

    /**
     * Whether a checkpoint is wanted now. While one is on its way no other is, so that the training's folder, which keeps
     * two, does not lose it; the last one, before a stop, is wanted always.
     */
    public boolean isDue(boolean ending) {
        if (ending) {
            return attempt.stopped().map(Stop::leavesCheckpoint).orElse(false);
        }
        return underWay.isDone() && System.nanoTime() - last >= every.toNanos();
    }

    /** Begins to bring a checkpoint. */
    public void bring(Checkpoint checkpoint) {
        Future<?> said = report.delivered();
        underWay = thread.submit(() -> upload(checkpoint, said));
        last = System.nanoTime();
    }

    /** Waits for the checkpoint on its way, where the attempt ends for a reason that leaves one. */
    public void finish() {
        boolean shutdown = attempt.stopped().filter(Stop.SHUTDOWN::equals).isPresent();
        Duration limit = shutdown && BEFORE_SHUTDOWN.compareTo(patience) < 0 ? BEFORE_SHUTDOWN : patience;
        if (!isDue(true)) {
            return;
        }
        try {
            underWay.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warnf("The last checkpoint is not brought within %d s %s", limit.toSeconds(), attempt);
        } catch (ExecutionException e) {
            throw new AssertionError("the upload throws nothing", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void upload(Checkpoint checkpoint, Future<?> said) {
        try {
            List<Manifest.File> files = files(checkpoint);
            for (Manifest.File file : files) {
                jobs.storeCheckpointFile(attempt, file, checkpoint.folder().resolve(file.path()));
            }
            said.get();
            jobs.save(attempt, saved(checkpoint, new Manifest(files)));
            LOG.infof("Checkpoint saved %s step=%d", attempt, checkpoint.point().step());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Declined e) {
            if (e.status() == CONFLICT && e.code().equals("lease_lost")) {
                attempt.stop(Stop.LEASE_LOST);
            }
            leftOut(checkpoint, e);
        } catch (Exception e) { // the edge of the thread
            leftOut(checkpoint, e);
        }
    }

    private void leftOut(Checkpoint checkpoint, Exception why) {
        LOG.warnf(
                "Checkpoint not saved: %s %s step=%d",
                why, attempt, checkpoint.point().step());
    }

    private static List<Manifest.File> files(Checkpoint checkpoint) throws IOException {
        List<Manifest.File> files = new ArrayList<>(checkpoint.files());
        Path manifest = checkpoint.folder().resolve(Checkpoint.MANIFEST);
        files.add(new Manifest.File(Checkpoint.MANIFEST, Files.size(manifest), WholeFile.digest(manifest)));
        return files;
    }

    private static SavedCheckpoint saved(Checkpoint checkpoint, Manifest manifest) {
        int step = checkpoint.point().step();
        History history = checkpoint.history();
        Double trainLoss = history.steps().stream()
                .filter(made -> made.step() == step)
                .map(History.Step::loss)
                .findFirst()
                .orElse(null);
        Optional<History.Evaluated> measured = history.evaluations().stream()
                .filter(evaluated -> evaluated.step() == step && Double.isFinite(evaluated.loss()))
                .findFirst();
        return new SavedCheckpoint(
                step,
                trainLoss,
                measured.map(History.Evaluated::loss).orElse(null),
                measured.map(History.Evaluated::accuracy).orElse(null),
                manifest);
    }

    /** Gives up what is still on its way. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
