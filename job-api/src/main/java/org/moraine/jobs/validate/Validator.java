package org.moraine.jobs.validate;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Job;
import org.moraine.jobs.JobStatus;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.Loop;
import org.moraine.jobs.dispatch.Dispatcher;

/**
 * Has the files of accepted jobs looked through, oldest first, and keeps a report. Two instances of the service may look
 * at the same file; the first to finish moves the job.
 */
@Singleton
public class Validator {

    private static final Logger LOG = Logger.getLogger(Validator.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int AT_ONCE = 100;

    private final Jobs jobs;
    private final DataCheck data;
    private final Validations validations;
    private final Dispatcher dispatcher;
    private @Nullable Loop loop;

    Validator(Jobs jobs, DataCheck data, Validations validations, Dispatcher dispatcher) {
        this.jobs = jobs;
        this.data = data;
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
        try {
            DataLook look = data.look(job);
            return new Outcome(look.problem(), ValidationReport.of(job, look));
        } catch (Refused refused) {
            return new Outcome(Optional.of(refused.problem()), null);
        }
    }
}
