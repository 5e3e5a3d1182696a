package org.moraine.jobs.progress;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Publication;
import org.moraine.jobs.JobChange;
import org.moraine.jobs.JobEvents;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.dispatch.Dispatcher;
import org.moraine.jobs.lease.Leases;

/**
 * What a worker's event does to its job. An event counts once, and only while its attempt's lease runs; a second
 * delivery, a late one and one of an attempt that was given up change nothing. That it began, its steps and their
 * evaluations alone count until a later attempt has begun to train: what lies before the checkpoint that it goes on from
 * is then told, and what lies behind is told by it again.
 */
@Singleton
class Projector {

    private static final Logger LOG = Logger.getLogger(Projector.class);

    private static final Duration LONGEST = Duration.ofDays(3650);

    private final Jdbi jdbi;
    private final Jobs jobs;
    private final Leases leases;
    private final Dispatcher dispatcher;
    private final ResultFiles results;

    Projector(Jdbi jdbi, Jobs jobs, Leases leases, Dispatcher dispatcher, ResultFiles results) {
        this.jdbi = jdbi;
        this.jobs = jobs;
        this.leases = leases;
        this.dispatcher = dispatcher;
        this.results = results;
    }

    /** Takes one event; says whether it counted. */
    boolean project(JobEvent event) {
        return project(List.of(event)) == 1;
    }

    /** Takes events, those of each job in their order, all or, where one throws, none; says how many counted. */
    int project(List<JobEvent> events) {
        Map<JobId, List<JobEvent>> ofJobs =
                events.stream().collect(Collectors.groupingBy(JobEvent::job, LinkedHashMap::new, Collectors.toList()));
        int counted = jdbi.inTransaction(handle -> ofJobs.entrySet().stream()
                .mapToInt(each -> jobs.change(handle, each.getKey(), change -> project(change, each.getValue()))
                        .orElse(0))
                .sum());
        if (counted > 0) {
            dispatcher.nudge();
        }
        return counted;
    }

    private int project(JobChange change, List<JobEvent> events) {
        return (int) events.stream().filter(event -> project(change, event)).count();
    }

    private boolean project(JobChange change, JobEvent event) {
        JobEvent.Body body = event.body();
        boolean running = leases.isRunning(change.handle(), event.job(), event.attempt());
        boolean ofSteps = body instanceof JobEvent.Started
                || body instanceof JobEvent.Stepped
                || body instanceof JobEvent.Evaluated;
        boolean counts = running || (ofSteps && leases.countsSteps(change, event.attempt()));
        if (!counts || !isFirst(change, event)) {
            return false;
        }
        if (body instanceof JobEvent.Started started) {
            started(change, event.attempt(), started);
        } else if (body instanceof JobEvent.Stepped stepped) {
            stepped(change, stepped, running);
        } else if (body instanceof JobEvent.Evaluated evaluated) {
            evaluated(change, evaluated);
        } else if (body instanceof JobEvent.Published published) {
            published(change, event.attempt(), published);
        } else if (body instanceof JobEvent.Failed failed) {
            failed(change, event.attempt(), failed);
        } else if (body instanceof JobEvent.Stopped stopped) {
            stopped(change, event.attempt(), stopped);
        } else {
            throw new AssertionError("an event of a kind that is not in the contract: " + body);
        }
        return true;
    }

    private static boolean isFirst(JobChange change, JobEvent event) {
        return change.handle()
                        .execute(
                                "INSERT INTO projected (job, attempt, sequence) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                                event.job().value(),
                                event.attempt(),
                                event.sequence())
                == 1;
    }

    private void started(JobChange change, int attempt, JobEvent.Started started) {
        leases.started(change, attempt);
        if (started.chosen() != null) {
            change.begin(started.chosen());
        }
        change.goOn(started.afterStep());
        String after = started.afterStep() == 0 ? "" : ", after step " + started.afterStep();
        change.message(
                JobEvents.Level.INFO,
                attempt == 1 ? "Fine-tuning job started" : "Fine-tuning job started again, attempt " + attempt + after);
        LOG.infof(
                "Training started job=%s attempt=%d team=%s worker=%s steps=%d after=%d",
                change.job().id(),
                attempt,
                change.job().team(),
                started.worker(),
                started.totalSteps(),
                started.afterStep());
    }

    private static void stepped(JobChange change, JobEvent.Stepped stepped, boolean running) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.put("step", stepped.step());
        data.put("train_loss", stepped.loss());
        if (stepped.accuracy() != null) {
            data.put("train_mean_token_accuracy", stepped.accuracy());
        }
        data.put("total_steps", stepped.totalSteps());
        data.put("learning_rate", stepped.learningRate());
        data.put("tokens_per_second", stepped.tokensPerSecond());
        data.put("seconds_left", stepped.secondsLeft());
        change.metrics(
                String.format(
                        Locale.ROOT,
                        "Step %d/%d: training loss=%.2f",
                        stepped.step(),
                        stepped.totalSteps(),
                        stepped.loss()),
                data);
        if (!running) {
            return;
        }
        double left = Math.min(stepped.secondsLeft(), LONGEST.toSeconds());
        change.advance(stepped.trainedTokens(), Duration.ofMillis(Math.round(left * 1000)));
    }

    /** Told after its step, with all numbers of it; one that is not finite is no JSON, and left out. */
    private static void evaluated(JobChange change, JobEvent.Evaluated evaluated) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.put("step", evaluated.step());
        data.put("total_steps", evaluated.totalSteps());
        if (evaluated.trainLoss() != null) {
            data.put("train_loss", evaluated.trainLoss());
        }
        if (Double.isFinite(evaluated.loss())) {
            data.put("valid_loss", evaluated.loss());
        }
        data.put("valid_mean_token_accuracy", evaluated.accuracy());
        change.metrics(
                String.format(
                        Locale.ROOT,
                        "Step %d/%d: validation loss=%.2f",
                        evaluated.step(),
                        evaluated.totalSteps(),
                        evaluated.loss()),
                data);
    }

    /** A pause that turned into a cancel while its worker stopped is one. */
    private void stopped(JobChange change, int attempt, JobEvent.Stopped stopped) {
        leases.end(change, attempt, Leases.Ending.STOPPED, null);
        boolean cancelled = stopped.command() == JobCommand.Kind.CANCEL
                || change.job().state().command() == JobCommand.Kind.CANCEL;
        if (cancelled) {
            change.cancel();
        } else {
            change.pause();
        }
        LOG.infof(
                "Job %s job=%s attempt=%d team=%s",
                change.job().status().word(),
                change.job().id(),
                attempt,
                change.job().team());
    }

    private void published(JobChange change, int attempt, JobEvent.Published published) {
        leases.end(change, attempt, Leases.Ending.PUBLISHED, null);
        change.tellNow(); // the result file has all steps
        change.succeed(
                new Publication.Made(published.adapter(), published.version(), published.commit()),
                published.trainedTokens(),
                results.make(change));
        LOG.infof(
                "Job succeeded job=%s attempt=%d team=%s adapter=%s version=%d",
                change.job().id(), attempt, change.job().team(), published.adapter(), published.version());
    }

    private void failed(JobChange change, int attempt, JobEvent.Failed failed) {
        JobId job = change.job().id();
        if (failed.again()) {
            leases.endUnfinished(
                    change, attempt, Leases.Ending.FAILED, failed.problem().message());
        } else {
            leases.end(change, attempt, Leases.Ending.FAILED, failed.problem().message());
            change.fail(failed.problem());
            LOG.infof(
                    "Job failed job=%s attempt=%d team=%s code=%s",
                    job, attempt, change.job().team(), failed.problem().code());
        }
    }
}
