package org.moraine.jobs.dispatch;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
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
 * Dispatches due jobs, each to a kind of workers that has what it needs: as many as workers of the kind are idle beyond
 * those that a dispatch is on its way to; of the team with the fewest jobs under way first, then the oldest. A job that
 * nobody idle fits is passed over. Of all instances of the service one dispatches at a time.
 */
@Singleton
public class Dispatcher {

    /** How many jobs of each team are under way. */
    static final String SHARES = """
            SELECT team, count(*) AS jobs FROM jobs
            WHERE finished_at IS NULL AND attempt > 0 AND due_at IS NULL AND status <> 'paused'
            GROUP BY team""";

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
        List<Due> untaken = untaken(handle);
        untaken.forEach(due -> send(handle, due, change -> {
            change.dispatchAgain();
            return change.job().state().attempt();
        }));
        int sent = untaken.size();
        for (Optional<Due> next = next(handle); next.isPresent(); next = next(handle)) {
            send(handle, next.get(), JobChange::dispatch);
            sent++;
        }
        return sent;
    }

    /** A job and the kind of the workers that it goes to. */
    private record Due(JobId job, String kind) {}

    /** Dispatches that nobody took, though somebody idle could: the topic may have lost them, or its workers are gone. */
    private List<Due> untaken(Handle handle) {
        return handle.createQuery("""
                        SELECT id, fitting.kind FROM jobs
                        JOIN LATERAL (SELECT kind FROM workers WHERE NOT busy AND seen_at >= :seen AND %s
                                      ORDER BY memory, kind LIMIT 1) AS fitting ON true
                        WHERE dispatched_at < :before ORDER BY dispatched_at""".formatted(Workers.FITS))
                .bind("seen", workers.seenSince())
                .bind("before", clock.instant().minus(config.untaken()))
                .map((row, context) -> due(row))
                .list();
    }

    private void send(Handle handle, Due due, ToIntFunction<JobChange> move) {
        jobs.change(handle, due.job, change -> {
            Dispatch dispatch =
                    new Dispatch(due.job, move.applyAsInt(change), change.job().team());
            handle.execute("UPDATE jobs SET dispatched_to = ? WHERE id = ?", due.kind, due.job.value());
            outbox.put(handle, dispatch, due.kind);
            LOG.infof(
                    "Job dispatched job=%s attempt=%d team=%s kind=%s",
                    due.job, dispatch.attempt(), dispatch.team(), due.kind);
            return dispatch;
        });
    }

    /**
     * The next job, its row locked, for the smallest kind of which a worker is idle that no dispatch is on its way to; a
     * job that is being changed at this moment is passed over.
     */
    private Optional<Due> next(Handle handle) {
        return handle.createQuery("""
                        WITH idle AS (
                            SELECT kind, memory, bf16 FROM workers AS idle WHERE seen_at >= :seen
                            GROUP BY kind, memory, bf16
                            HAVING %s > 0)
                        SELECT id, fitting.kind FROM jobs
                        LEFT JOIN (%s) AS share USING (team)
                        JOIN LATERAL (SELECT kind FROM idle AS workers WHERE %s
                                      ORDER BY memory, kind LIMIT 1) AS fitting ON true
                        WHERE due_at <= :now
                        ORDER BY coalesce(share.jobs, 0), created_at, id
                        LIMIT 1
                        FOR UPDATE OF jobs SKIP LOCKED
                        """.formatted(Workers.IDLE, SHARES, Workers.FITS))
                .bind("seen", workers.seenSince())
                .bind("now", clock.instant())
                .map((row, context) -> due(row))
                .findOne();
    }

    private static Due due(ResultSet row) throws SQLException {
        return new Due(new JobId(row.getString("id")), row.getString("kind"));
    }

    private static boolean alone(Handle handle) {
        return handle.select("SELECT pg_try_advisory_xact_lock(hashtextextended('moraine dispatcher', 0))")
                .mapTo(Boolean.class)
                .one();
    }
}
