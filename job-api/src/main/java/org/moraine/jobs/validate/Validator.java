package org.moraine.jobs.validate;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.engine.model.ModelConfig;
import org.moraine.jobs.Job;
import org.moraine.jobs.JobChange;
import org.moraine.jobs.JobStatus;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.Loop;
import org.moraine.jobs.Needs;
import org.moraine.jobs.dispatch.Dispatcher;

/**
 * Has the files of accepted jobs looked through, oldest first, and keeps a report. Two instances of the service may look
 * at the same file; the first to finish moves the job. Jobs whose files were just looked through for another one are
 * moved together, in one transaction for up to {@value #AT_ONCE} of them.
 */
@Singleton
public class Validator {

    private static final Logger LOG = Logger.getLogger(Validator.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int AT_ONCE = 100;

    private final Jdbi jdbi;
    private final Jobs jobs;
    private final DataCheck data;
    private final Validations validations;
    private final Dispatcher dispatcher;
    private final Clock clock;
    private @Nullable Loop loop;

    Validator(Jdbi jdbi, Jobs jobs, DataCheck data, Validations validations, Dispatcher dispatcher, Clock clock) {
        this.jdbi = jdbi;
        this.jobs = jobs;
        this.data = data;
        this.validations = validations;
        this.dispatcher = dispatcher;
        this.clock = clock;
    }

    void start(@Observes StartupEvent event) {
        loop = Loop.start("validator", PAUSE, this::validateAll);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
    }

    /** A job was accepted: its files are to be looked through, or are known and it waits for a worker. */
    public void accepted(Job job) {
        if (job.status() == JobStatus.QUEUED) {
            dispatcher.due();
        } else if (loop != null) {
            loop.nudge();
        }
    }

    /**
     * What is known of a job's files before it is there.
     *
     * @param report as {@link #ADDING} keeps it
     */
    public record Known(Needs needs, String report) {}

    /** The statement part that keeps {@link Known#report()} as {@code :report}; see {@link Jobs#adding}. */
    public static final String ADDING = Validations.ADDING;

    /** Says that a job's files are good, where they were looked through lately; a job of others is looked at when it is there. */
    public Optional<Known> known(Job job, ModelConfig model) {
        try {
            return data.known(job, model)
                    .map(look -> new Outcome(job, look.problem(), look))
                    .filter(outcome -> outcome.problem == null)
                    .flatMap(outcome ->
                            outcome.report().map(validations::write).map(report -> new Known(outcome.needs(), report)));
        } catch (Refused refused) { // the look at the job that is there fails it with this
            return Optional.empty();
        }
    }

    private void validateAll() throws IOException {
        IOException unread = null;
        boolean more = true;
        while (more) {
            List<Job> waiting = jobs.withStatus(JobStatus.VALIDATING_FILES, AT_ONCE);
            List<Outcome> found = new ArrayList<>();
            int moved = 0;
            for (Job job : waiting) {
                try {
                    boolean known = data.isKnown(job);
                    if (!known) { // it may take long, and those before wait for nothing any more
                        moved += move(found);
                        found.clear();
                    }
                    found.add(outcome(job));
                } catch (IOException e) { // the next one's file may be readable
                    unread = e;
                }
            }
            moved += move(found);
            more = waiting.size() == AT_ONCE && moved > 0 && unread == null;
        }
        if (unread != null) {
            throw unread;
        }
    }

    /** Moves jobs by what was found, together; those that were cancelled or looked at by another are left as they are. */
    private int move(List<Outcome> found) {
        if (found.isEmpty()) {
            return 0;
        }
        Map<JobId, Outcome> outcomes = new HashMap<>();
        found.forEach(outcome -> outcomes.put(outcome.job.id(), outcome));
        List<Outcome> moved = jdbi.inTransaction(handle -> {
            List<Outcome> changed =
                    jobs.changeFree(handle, outcomes.keySet(), change -> move(change, outcomes)).stream()
                            .flatMap(Optional::stream)
                            .toList();
            validations.keep(
                    handle,
                    changed.stream()
                            .flatMap(outcome -> outcome.report().stream())
                            .toList(),
                    clock.instant());
            return changed;
        });
        for (Outcome outcome : moved) {
            Job job = outcome.job;
            if (outcome.problem == null) {
                LOG.infof("Job queued job=%s team=%s needs=%s", job.id(), job.team(), outcome.needs());
            } else {
                LOG.infof("Job failed in validation job=%s team=%s", job.id(), job.team());
            }
        }
        dispatcher.nudge();
        return moved.size();
    }

    private static Optional<Outcome> move(JobChange change, Map<JobId, Outcome> outcomes) {
        Outcome outcome = outcomes.get(change.job().id());
        if (outcome == null || change.job().status() != JobStatus.VALIDATING_FILES) {
            return Optional.empty();
        }
        if (outcome.problem != null) {
            change.fail(outcome.problem);
        } else {
            change.queue(outcome.needs());
        }
        return Optional.of(outcome);
    }

    /**
     * What a look at one job's files found.
     *
     * @param problem null where the job can be queued
     * @param look null where the files could not be looked through
     */
    private record Outcome(
            Job job, @Nullable Problem problem, @Nullable DataLook look) {

        private Optional<ValidationReport> report() {
            return look == null ? Optional.empty() : Optional.of(ValidationReport.of(job, look));
        }

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
            return new Outcome(job, look.problem(), look);
        } catch (Refused refused) {
            return new Outcome(job, refused.problem(), null);
        }
    }
}
