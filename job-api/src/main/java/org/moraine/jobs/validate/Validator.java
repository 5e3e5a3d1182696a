package org.moraine.jobs.validate;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Job;
import org.moraine.jobs.JobStatus;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.Loop;
import org.moraine.jobs.Needs;
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
                    if (outcome.look != null) {
                        validations.keep(
                                change.handle(), job.id(), ValidationReport.of(job, outcome.look), change.now());
                    }
                    if (outcome.problem != null) {
                        change.fail(outcome.problem);
                    } else {
                        change.queue(outcome.needs());
                    }
                    return true;
                })
                .orElse(false);
        if (moved && outcome.problem == null) {
            LOG.infof("Job queued job=%s team=%s needs=%s", job.id(), job.team(), outcome.needs());
            dispatcher.nudge();
        } else if (moved) {
            LOG.infof("Job failed in validation job=%s team=%s", job.id(), job.team());
        }
    }

    /**
     * What a look found.
     *
     * @param problem null where the job can be queued
     * @param look null where the files could not be looked through
     */
    private record Outcome(
            @Nullable Problem problem, @Nullable DataLook look) {

        private Needs needs() {
            if (look == null || look.effort() == null) {
                throw new AssertionError("files without a problem were looked through");
            }
            return look.effort().needs();
        }
    }

    private Outcome outcome(Job job) throws IOException {
        try {
            DataLook look = data.look(job);
            return new Outcome(look.problem(), look);
        } catch (Refused refused) {
            return new Outcome(refused.problem(), null);
        }
    }
}
