package org.moraine.jobs.dispatch;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobId;
import org.moraine.jobs.JobChange;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.Loop;
import org.moraine.jobs.outbox.Outbox;
import org.moraine.jobs.outbox.OutboxRelay;

/**
 * Dispatches due jobs: as many as workers are idle beyond those that a dispatch is on its way to; of the team with the
 * fewest jobs under way first, then the oldest. Of all instances of the service one dispatches at a time.
 */
@Singleton
public class Dispatcher {

    private static final Logger LOG = Logger.getLogger(Dispatcher.class);

    private final Jdbi jdbi;
    private final Jobs jobs;
    private final Workers workers;
    private final Outbox outbox;
    private final OutboxRelay relay;
    private final Clock clock;
    private final DispatchConfig config;
    private @Nullable Loop loop;

    Dispatcher(
            Jdbi jdbi,
            Jobs jobs,
            Workers workers,
            Outbox outbox,
            OutboxRelay relay,
            Clock clock,
            DispatchConfig config) {
        this.jdbi = jdbi;
        this.jobs = jobs;
        this.workers = workers;
        this.outbox = outbox;
        this.relay = relay;
        this.clock = clock;
        this.config = config;
    }

    void start(@Observes StartupEvent event) {
        loop = Loop.start("dispatcher", config.every(), this::dispatch);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
    }

    /** A job may be due, or a worker idle. */
    public void nudge() {
        if (loop != null) {
            loop.nudge();
        }
    }

    /** Dispatches what may go out now; gives the number of dispatches. */
    int dispatch() {
        int sent = jdbi.inTransaction(handle -> alone(handle) ? dispatch(handle) : 0);
        if (sent > 0) {
            relay.nudge();
        }
        return sent;
    }

    private int dispatch(Handle handle) {
        int idle = workers.idle(handle);
        int sent = idle > 0 ? dispatchAgain(handle) : 0;
        for (int room = idle - underWay(handle); room > 0; room--) {
            Optional<JobId> next = next(handle);
            if (next.isEmpty()) {
                break;
            }
            send(handle, next.get(), JobChange::dispatch);
            sent++;
        }
        return sent;
    }

    /** Puts dispatches out again that nobody took, though somebody could: the topic may have lost them. */
    private int dispatchAgain(Handle handle) {
        Instant before = clock.instant().minus(config.untaken());
        List<JobId> untaken = handle.select(
                        "SELECT id FROM jobs WHERE dispatched_at < ? ORDER BY dispatched_at", before)
                .map((row, context) -> new JobId(row.getString(1)))
                .list();
        for (JobId job : untaken) {
            send(handle, job, change -> {
                change.dispatchAgain();
                return change.job().state().attempt();
            });
        }
        return untaken.size();
    }

    private void send(Handle handle, JobId id, ToIntFunction<JobChange> move) {
        jobs.change(handle, id, change -> {
            Dispatch dispatch =
                    new Dispatch(id, move.applyAsInt(change), change.job().team());
            outbox.put(handle, dispatch);
            LOG.infof("Job dispatched job=%s attempt=%d team=%s", id, dispatch.attempt(), dispatch.team());
            return dispatch;
        });
    }

    private static int underWay(Handle handle) {
        return handle.select("SELECT count(*) FROM jobs WHERE dispatched_at IS NOT NULL")
                .mapTo(Integer.class)
                .one();
    }

    /** The next job, its row locked; one that is being changed at this moment is passed over. */
    private Optional<JobId> next(Handle handle) {
        return handle.createQuery("""
                        SELECT id FROM jobs
                        LEFT JOIN (SELECT team, count(*) AS jobs FROM jobs
                                   WHERE finished_at IS NULL AND attempt > 0 AND due_at IS NULL AND status <> 'paused'
                                   GROUP BY team) AS share USING (team)
                        WHERE due_at <= :now
                        ORDER BY coalesce(share.jobs, 0), created_at, id
                        LIMIT 1
                        FOR UPDATE OF jobs SKIP LOCKED
                        """)
                .bind("now", clock.instant())
                .map((row, context) -> new JobId(row.getString(1)))
                .findOne();
    }

    private static boolean alone(Handle handle) {
        return handle.select("SELECT pg_try_advisory_xact_lock(hashtextextended('moraine dispatcher', 0))")
                .mapTo(Boolean.class)
                .one();
    }
}
