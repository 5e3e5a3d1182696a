package org.moraine.jobs.dispatch;

import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;
import org.moraine.contracts.TeamName;
import org.moraine.contracts.WorkerKind;
import org.moraine.jobs.Job;
import org.moraine.jobs.Needs;

/** Says why jobs wait, and what a job that is not there yet would wait for. */
@Singleton
public class Waits {

    /**
     * The jobs that are due and that a worker which is there could train, each with its turn: how many of its team would
     * be under way before it. The dispatcher takes the smallest turn first, the oldest of equal ones.
     */
    private static final String QUEUE = """
            WITH queue AS (
                SELECT id, created_at, coalesce(share.jobs, 0)
                    + row_number() OVER (PARTITION BY team ORDER BY created_at, id) - 1 AS turn
                FROM jobs LEFT JOIN (%s) AS share USING (team)
                WHERE due_at <= :now AND EXISTS (SELECT FROM workers WHERE seen_at >= :seen AND %s))
            """.formatted(Dispatcher.SHARES, Workers.FITS);

    private final Jdbi jdbi;
    private final Workers workers;
    private final Clock clock;

    Waits(Jdbi jdbi, Workers workers, Clock clock) {
        this.jdbi = jdbi;
        this.workers = workers;
        this.clock = clock;
    }

    /**
     * What a job that were submitted now would meet.
     *
     * @param position its place among the jobs that wait, from 1
     * @param waiting why it would wait, null where it would not
     * @param operationsPerSecond of the fastest worker that is there and fits, null where none said
     */
    public record Prospect(
            int position,
            @Nullable Waiting waiting,
            @Nullable Double operationsPerSecond) {}

    public Optional<Waiting> of(Job job) {
        return Optional.ofNullable(of(List.of(job)).get(job.id()));
    }

    /** Why each of these jobs waits; those that do not are left out. */
    public Map<JobId, Waiting> of(List<Job> jobs) {
        List<Job> due = jobs.stream().filter(job -> job.state().due() != null).toList();
        return due.isEmpty() ? Map.<JobId, Waiting>of() : jdbi.withHandle(handle -> of(handle, due));
    }

    private Map<JobId, Waiting> of(Handle handle, List<Job> due) {
        List<Workers.Present> present = workers.present(handle);
        Map<JobId, Integer> positions = positions(handle, due);
        Map<JobId, Needs> needs = needs(handle, due);
        Instant now = clock.instant();
        Map<JobId, Waiting> all = new HashMap<>();
        for (Job job : due) {
            Instant at = job.state().due();
            Waiting waiting = at != null && at.isAfter(now)
                    ? backingOff(job, Duration.between(now, at))
                    : waiting(present, needs.get(job.id()), positions.getOrDefault(job.id(), 1));
            if (waiting != null) {
                all.put(job.id(), waiting);
            }
        }
        return all;
    }

    /** What a job of a team with these needs would meet. */
    public Prospect ahead(TeamName team, Needs needs) {
        return jdbi.withHandle(handle -> {
            List<Workers.Present> present = workers.present(handle);
            int position = 1 + before(handle, team);
            Optional<Double> rate = present.stream()
                    .filter(some -> needs.fit(some.kind()))
                    .flatMap(some -> Stream.ofNullable(some.operationsPerSecond()))
                    .max(Comparator.naturalOrder());
            return new Prospect(position, waiting(present, needs, position), rate.orElse(null));
        });
    }

    private static @Nullable Waiting waiting(List<Workers.Present> present, @Nullable Needs needs, int position) {
        if (present.isEmpty()) {
            return new Waiting(Waiting.Reason.NO_WORKER, "No worker is there", position);
        }
        List<Workers.Present> fitting = present.stream()
                .filter(some -> needs == null || needs.fit(some.kind()))
                .toList();
        if (fitting.isEmpty()) {
            return new Waiting(
                    Waiting.Reason.NONE_FITS,
                    "No worker that is there has what the job needs: " + needs + ". There are " + words(present),
                    null);
        }
        int idle = fitting.stream().mapToInt(some -> Math.max(0, some.idle())).sum();
        return idle >= position
                ? null
                : new Waiting(
                        Waiting.Reason.BUSY,
                        "Every worker that fits has work; the job is number " + position + " of those that wait",
                        position);
    }

    private static Waiting backingOff(Job job, Duration left) {
        return new Waiting(
                Waiting.Reason.BACKING_OFF,
                "Attempt " + job.state().attempt() + " brought nothing; the next one is due in "
                        + (left.toSeconds() + 1) + " s",
                null);
    }

    private static String words(List<Workers.Present> present) {
        return String.join(
                ", ",
                present.stream()
                        .map(Workers.Present::kind)
                        .map(WorkerKind::word)
                        .toList());
    }

    private Map<JobId, Integer> positions(Handle handle, List<Job> due) {
        return handle.createQuery(QUEUE + """
                        SELECT id, position FROM (
                            SELECT id, row_number() OVER (ORDER BY turn, created_at, id) AS position FROM queue) AS placed
                        WHERE id = ANY (:ids)""")
                .bind("now", clock.instant())
                .bind("seen", workers.seenSince())
                .bindArray("ids", String.class, ids(due))
                .reduceRows(new HashMap<>(), (places, row) -> {
                    places.put(new JobId(row.getColumn("id", String.class)), row.getColumn("position", Integer.class));
                    return places;
                });
    }

    /** How many jobs would be dispatched before a new one of a team. */
    private int before(Handle handle, TeamName team) {
        return handle.createQuery(QUEUE + """
                        SELECT count(*) FROM queue WHERE turn <= (
                            SELECT count(*) FROM jobs
                            WHERE team = :team AND (due_at <= :now
                                OR (finished_at IS NULL AND attempt > 0 AND due_at IS NULL AND status <> 'paused')))""")
                .bind("now", clock.instant())
                .bind("seen", workers.seenSince())
                .bind("team", team.value())
                .mapTo(Integer.class)
                .one();
    }

    private static Map<JobId, Needs> needs(Handle handle, List<Job> due) {
        return handle.createQuery("""
                        SELECT id, needs_fp32, needs_bf16 FROM jobs
                        WHERE id = ANY (:ids) AND coalesce(needs_fp32, needs_bf16) IS NOT NULL""")
                .bindArray("ids", String.class, ids(due))
                .reduceRows(new HashMap<>(), (found, row) -> {
                    found.put(
                            new JobId(row.getColumn("id", String.class)),
                            new Needs(
                                    row.getColumn("needs_fp32", Long.class), row.getColumn("needs_bf16", Long.class)));
                    return found;
                });
    }

    private static List<String> ids(List<Job> jobs) {
        return jobs.stream().map(job -> job.id().value()).toList();
    }
}
