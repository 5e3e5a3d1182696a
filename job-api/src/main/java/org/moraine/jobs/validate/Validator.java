package org.moraine.jobs.validate;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Problem;
import org.moraine.engine.data.TrainingFile;
import org.moraine.jobs.Job;
import org.moraine.jobs.JobStatus;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.Loop;
import org.moraine.jobs.dispatch.Dispatcher;
import org.moraine.jobs.files.StoredFiles;

/**
 * Looks through the files of accepted jobs, oldest first. Two instances of the service may look at the same file; the
 * first to finish moves the job.
 */
@Singleton
public class Validator {

    private static final Logger LOG = Logger.getLogger(Validator.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int AT_ONCE = 100;

    private final Jobs jobs;
    private final StoredFiles files;
    private final Dispatcher dispatcher;
    private @Nullable Loop loop;

    Validator(Jobs jobs, StoredFiles files, Dispatcher dispatcher) {
        this.jobs = jobs;
        this.files = files;
        this.dispatcher = dispatcher;
    }

    void start(@Observes StartupEvent event) {
        loop = Loop.start("validator", PAUSE, this::validateAll);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
    }

    /** A job was accepted. */
    public void nudge() {
        if (loop != null) {
            loop.nudge();
        }
    }

    private void validateAll() throws IOException {
        List<JobId> waiting = jobs.withStatus(JobStatus.VALIDATING_FILES, AT_ONCE);
        IOException unread = null;
        for (JobId id : waiting) {
            try {
                validate(jobs.find(id).orElseThrow());
            } catch (IOException e) { // the next one's file may be readable
                unread = e;
            }
        }
        if (unread != null) {
            throw unread;
        }
    }

    private void validate(Job job) throws IOException {
        Optional<Problem> problem = problem(job);
        boolean moved = jobs.change(job.id(), change -> {
                    if (change.job().status() != JobStatus.VALIDATING_FILES) {
                        return false; // cancelled, or looked at by another
                    }
                    problem.ifPresentOrElse(change::fail, change::queue);
                    return true;
                })
                .orElse(false);
        if (moved && problem.isEmpty()) {
            LOG.infof("Job queued job=%s team=%s", job.id(), job.team());
            dispatcher.nudge();
        } else if (moved) {
            LOG.infof("Job failed in validation job=%s team=%s", job.id(), job.team());
        }
    }

    private Optional<Problem> problem(Job job) throws IOException {
        try (InputStream bytes = files.read(job.spec().trainingFile())) {
            return TrainingFile.check(bytes).problem();
        } catch (NoSuchFileException e) {
            return Optional.of(new Problem(
                    Problem.Category.ABSENT,
                    "invalid_training_file",
                    "The training file " + job.asked().trainingFile() + " is gone",
                    "training_file"));
        }
    }
}
