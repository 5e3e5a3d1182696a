package org.moraine.worker.take;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.moraine.contracts.Lease;
import org.moraine.worker.Attempt;
import org.moraine.worker.JobApi;
import org.moraine.worker.Stop;

/**
 * Renews the lease of one attempt, each time when a third of what is left has passed, until it is closed. While job-api
 * is away the attempt goes on, even past the lease's end: the answer that comes at last decides whether it was lost.
 */
final class LeaseKeeper implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(LeaseKeeper.class);
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10); // whatever the clocks of both sides say
    private static final Duration WAIT_WHILE_AWAY = Duration.ofSeconds(1);

    private final JobApi jobs;
    private final Attempt attempt;
    private final Clock clock;
    private final Duration patience;
    private final ScheduledExecutorService keeper =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "lease"));

    private Instant lastHeard;

    LeaseKeeper(JobApi jobs, Attempt attempt, Lease lease, Clock clock, Duration patience) {
        this.jobs = jobs;
        this.attempt = attempt;
        this.clock = clock;
        this.patience = patience;
        this.lastHeard = clock.instant();
        renewAfter(thirdOf(lease.until()));
    }

    private void renew() {
        Instant now = clock.instant();
        try {
            Optional<Instant> until = jobs.renew(attempt);
            if (until.isPresent()) {
                lastHeard = now;
                renewAfter(thirdOf(until.get()));
            }
        } catch (IOException e) {
            if (keeper.isShutdown()) {
                return;
            }
            if (lastHeard.plus(patience).isBefore(now)) {
                attempt.stop(Stop.JOB_API_AWAY);
            } else {
                LOG.warnf("The lease is not renewed, trying again: %s %s", e.toString(), attempt);
                renewAfter(WAIT_WHILE_AWAY);
            }
        }
    }

    private Duration thirdOf(Instant until) {
        Duration third = Duration.between(clock.instant(), until).dividedBy(3);
        if (third.compareTo(SHORTEST_WAIT) < 0) {
            return SHORTEST_WAIT;
        }
        return third.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : third;
    }

    private void renewAfter(Duration wait) {
        keeper.schedule(this::renew, wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        keeper.shutdownNow();
    }
}
