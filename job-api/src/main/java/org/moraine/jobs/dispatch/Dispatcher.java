package org.moraine.jobs.dispatch;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobId;
import org.moraine.contracts.WorkerKind;
import org.moraine.jobs.Job;
import org.moraine.jobs.JobChange;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.Loop;
import org.moraine.jobs.Needs;
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

    /** How many jobs are locked and sent in one go. */
    private static final int AT_ONCE = 200;

    private static final Logger LOG = Logger.getLogger(Dispatcher.class);

    private final Jdbi jdbi;
    private final Jobs jobs;
    private final Workers workers;
    private final Outbox outbox;
    private final OutboxRelay relay;
    private final Clock clock;
    private final DispatchConfig config;
    private @Nullable Loop loop;

    /** Whether the last look found an idle worker that no dispatch was on its way to. */
    private volatile boolean places = true;

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

    /** A job came to be due: of use now where somebody was idle, who would have been sent others otherwise. */
    public void due() {
        if (places) {
            nudge();
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
        Map<JobId, String> untaken = untaken(handle);
        int sent = send(handle, untaken, Dispatcher::dispatchUntaken);
        Map<JobId, String> next = next(handle);
        while (!next.isEmpty()) {
            int more = send(handle, next, Dispatcher::dispatchDue);
            sent += more;
            next = more == 0 ? Map.of() : next(handle);
        }
        return sent;
    }

    /** Unless it was taken since it was found. */
    private static Optional<Integer> dispatchUntaken(JobChange change, String kind) {
        return change.job().state().dispatched() == null ? Optional.empty() : Optional.of(change.dispatchAgain(kind));
    }

    /** Unless it was changed since it was found. */
    private static Optional<Integer> dispatchDue(JobChange change, String kind) {
        Instant due = change.job().state().due();
        return due == null || due.isAfter(change.now()) ? Optional.empty() : Optional.of(change.dispatch(kind));
    }

    /** Dispatches that nobody took, though somebody idle could: the topic may have lost them, or its workers are gone. */
    private Map<JobId, String> untaken(Handle handle) {
        return handle.createQuery("""
                        SELECT id, fitting.kind FROM jobs
                        JOIN LATERAL (SELECT kind FROM workers WHERE NOT busy AND seen_at >= :seen AND %s
                                      ORDER BY memory, kind LIMIT 1) AS fitting ON true
                        WHERE dispatched_at < :before ORDER BY dispatched_at LIMIT :most""".formatted(Workers.FITS))
                .bind("seen", workers.seenSince())
                .bind("before", clock.instant().minus(config.untaken()))
                .bind("most", AT_ONCE)
                .reduceRows(new LinkedHashMap<>(), (found, row) -> {
                    found.put(new JobId(row.getColumn("id", String.class)), row.getColumn("kind", String.class));
                    return found;
                });
    }

    /** Sends jobs to kinds of workers; those that are being changed at this moment are passed over. */
    private int send(Handle handle, Map<JobId, String> kinds, BiFunction<JobChange, String, Optional<Integer>> move) {
        if (kinds.isEmpty()) {
            return 0;
        }
        List<Dispatch> sent = jobs
                .changeFree(handle, kinds.keySet(), change -> {
                    Job job = change.job();
                    return move.apply(change, kinds.getOrDefault(job.id(), ""))
                            .map(attempt -> new Dispatch(job.id(), attempt, job.team()));
                })
                .stream()
                .flatMap(Optional::stream)
                .toList();
        outbox.put(handle, sent, dispatch -> kinds.getOrDefault(dispatch.job(), ""));
        for (Dispatch dispatch : sent) {
            LOG.infof(
                    "Job dispatched job=%s attempt=%d team=%s kind=%s",
                    dispatch.job(), dispatch.attempt(), dispatch.team(), kinds.get(dispatch.job()));
        }
        return sent.size();
    }

    /** A due job that an idle worker could train. */
    record Due(JobId job, String team, Instant created, int share, Needs needs) {}

    /**
     * The next jobs, in the order in which they would go out one by one, each with the smallest kind of which a worker is
     * idle that no dispatch is on its way to. Of each team no more are looked at than workers are idle.
     */
    private Map<JobId, String> next(Handle handle) {
        List<Workers.Present> idle = workers.present(handle).stream()
                .filter(present -> present.idle() > 0)
                .toList();
        places = !idle.isEmpty();
        if (!places) {
            return Map.of();
        }
        int places =
                Math.min(AT_ONCE, idle.stream().mapToInt(Workers.Present::idle).sum());
        Map<String, Deque<Due>> teams = due(handle, idle, places).stream()
                .collect(Collectors.groupingBy(Due::team, Collectors.toCollection(ArrayDeque::new)));
        return placed(teams, idle, places);
    }

    static Map<JobId, String> placed(Map<String, Deque<Due>> teams, List<Workers.Present> idle, int places) {
        Map<WorkerKind, Integer> left = new LinkedHashMap<>(); // the smallest first
        idle.forEach(present -> left.put(present.kind(), present.idle()));
        Map<String, Integer> given = new HashMap<>();
        Map<JobId, String> placed = new LinkedHashMap<>();
        while (placed.size() < places) {
            Optional<Due> next = teams.values().stream()
                    .flatMap(queue -> queue.stream().limit(1))
                    .min(Comparator.comparingInt((Due due) -> due.share + given.getOrDefault(due.team, 0))
                            .thenComparing(Due::created)
                            .thenComparing(due -> due.job.value()));
            if (next.isEmpty()) {
                break;
            }
            Due due = next.get();
            teams.getOrDefault(due.team, new ArrayDeque<>()).poll();
            left.entrySet().stream()
                    .filter(kind -> kind.getValue() > 0 && due.needs.fitOrUnknown(kind.getKey()))
                    .findFirst()
                    .ifPresent(kind -> {
                        kind.setValue(kind.getValue() - 1);
                        given.merge(due.team, 1, Integer::sum);
                        placed.put(due.job, kind.getKey().word());
                    });
        }
        return placed;
    }

    private List<Due> due(Handle handle, List<Workers.Present> idle, int most) {
        return handle.createQuery("""
                        WITH RECURSIVE idle AS (
                            SELECT * FROM unnest(:memory, :bf16) AS kinds (memory, bf16)),
                        teams AS (
                            (SELECT team FROM jobs WHERE due_at IS NOT NULL ORDER BY team LIMIT 1)
                            UNION ALL
                            SELECT (SELECT team FROM jobs WHERE due_at IS NOT NULL AND team > teams.team
                                    ORDER BY team LIMIT 1)
                            FROM teams WHERE team IS NOT NULL)
                        SELECT id, teams.team, created_at, coalesce(share.jobs, 0) AS share, needs_fp32, needs_bf16
                        FROM teams
                        LEFT JOIN (%s) AS share ON share.team = teams.team
                        JOIN LATERAL (
                            SELECT id, created_at, needs_fp32, needs_bf16 FROM jobs
                            WHERE team = teams.team AND due_at <= :now AND EXISTS (SELECT FROM idle AS workers WHERE %s)
                            ORDER BY created_at, id LIMIT :most) AS due ON true
                        ORDER BY created_at, id""".formatted(SHARES, Workers.FITS))
                .bindArray(
                        "memory",
                        Long.class,
                        idle.stream().map(present -> present.kind().memory()).toList())
                .bindArray(
                        "bf16",
                        Boolean.class,
                        idle.stream().map(present -> present.kind().bf16()).toList())
                .bind("now", clock.instant())
                .bind("most", most)
                .map((row, context) -> new Due(
                        new JobId(row.getString("id")),
                        row.getString("team"),
                        row.getTimestamp("created_at").toInstant(),
                        row.getInt("share"),
                        new Needs(row.getObject("needs_fp32", Long.class), row.getObject("needs_bf16", Long.class))))
                .list();
    }

    private static boolean alone(Handle handle) {
        return handle.select("SELECT pg_try_advisory_xact_lock(hashtextextended('moraine dispatcher', 0))")
                .mapTo(Boolean.class)
                .one();
    }
}
