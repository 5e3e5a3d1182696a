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
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.engine.data.FileReport;
import org.moraine.engine.data.TrainingFile;
import org.moraine.engine.model.BaseModels;
import org.moraine.engine.tokenizer.Tokenizer;
import org.moraine.jobs.Job;
import org.moraine.jobs.JobStatus;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.Loop;
import org.moraine.jobs.dispatch.Dispatcher;
import org.moraine.jobs.files.StoredFiles;

/**
 * Looks through the files of accepted jobs, oldest first, with the tokenizer of the base model, and keeps a report. Two instances of the service may look at the same file; the
 * first to finish moves the job.
 */
@Singleton
public class Validator {

    private static final Logger LOG = Logger.getLogger(Validator.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int AT_ONCE = 100;

    private final Jobs jobs;
    private final StoredFiles files;
    private final BaseModels models;
    private final Validations validations;
    private final Dispatcher dispatcher;
    private @Nullable Loop loop;

    Validator(Jobs jobs, StoredFiles files, BaseModels models, Validations validations, Dispatcher dispatcher) {
        this.jobs = jobs;
        this.files = files;
        this.models = models;
        this.validations = validations;
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
        Outcome outcome = outcome(job);
        boolean moved = jobs.change(job.id(), change -> {
                    if (change.job().status() != JobStatus.VALIDATING_FILES) {
                        return false; // cancelled, or looked at by another
                    }
                    if (outcome.report != null) {
                        validations.keep(change.handle(), job.id(), outcome.report, change.now());
                    }
                    outcome.problem.ifPresentOrElse(change::fail, change::queue);
                    return true;
                })
                .orElse(false);
        if (moved && outcome.problem.isEmpty()) {
            LOG.infof("Job queued job=%s team=%s", job.id(), job.team());
            dispatcher.nudge();
        } else if (moved) {
            LOG.infof("Job failed in validation job=%s team=%s", job.id(), job.team());
        }
    }

    /**
     * What a look found.
     *
     * @param report null where the file could not be looked through
     */
    private record Outcome(
            Optional<Problem> problem, @Nullable ValidationReport report) {}

    private Outcome outcome(Job job) throws IOException {
        try (InputStream bytes = files.read(job.spec().trainingFile());
                Tokenizer tokenizer =
                        Tokenizer.open(models.describe(job.spec().baseModel()).folder())) {
            FileReport report = TrainingFile.check(
                    bytes, tokenizer, job.spec().trainingSettings().maxTokens());
            return new Outcome(report.problem(), ValidationReport.of(job, report));
        } catch (NoSuchFileException e) {
            return failed(
                    Problem.Category.ABSENT,
                    "invalid_training_file",
                    "The training file " + job.asked().trainingFile() + " is gone",
                    "training_file");
        } catch (Refused refused) {
            return new Outcome(Optional.of(refused.problem()), null);
        } catch (EngineException e) {
            return failed(
                    Problem.Category.INVALID,
                    "model_not_usable",
                    "The base model cannot be used: " + e.getMessage(),
                    "model");
        }
    }

    private static Outcome failed(Problem.Category category, String code, String message, String field) {
        return new Outcome(Optional.of(new Problem(category, code, message, field)), null);
    }
}
