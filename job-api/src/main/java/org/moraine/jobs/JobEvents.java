package org.moraine.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;

/**
 * What a job's readers are told, in the order in which it happened. A new event rings the database's bell {@value
 * #BELL} with the job's id when its transaction commits.
 */
@Singleton
public class JobEvents {

    /** The channel of PostgreSQL's NOTIFY. */
    public static final String BELL = "job_events";

    private final Jdbi jdbi;
    private final Ids ids;
    private final ObjectMapper json;

    JobEvents(Jdbi jdbi, Ids ids, ObjectMapper json) {
        this.jdbi = jdbi;
        this.ids = ids;
        this.json = json;
    }

    /** How much an event matters. */
    public enum Level {
        INFO,
        WARN,
        ERROR;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One event of a job.
     *
     * @param number grows with every event of a job
     * @param level {@code info}, {@code warn} or {@code error}
     * @param data numbers of a training step; null where the event is only its message
     */
    public record Entry(
            long number,
            String id,
            Instant at,
            String level,
            String message,
            @Nullable ObjectNode data) {}

    /** An event that is yet to be written. */
    record New(
            JobId job,
            Instant at,
            Level level,
            String message,
            @Nullable ObjectNode data) {}

    /** Adds events in the transaction that holds their jobs' rows: so a job's numbers grow as commits do. */
    void add(Handle handle, List<New> told) {
        if (told.isEmpty()) {
            return;
        }
        handle.createQuery("""
                        WITH added AS (
                            INSERT INTO job_events (id, job, created_at, level, message, data)
                            SELECT id, job, at::timestamptz, level, message, data::jsonb
                            FROM unnest(:ids, :jobs, :times, :levels, :messages, :data) WITH ORDINALITY
                                AS told (id, job, at, level, message, data, place)
                            ORDER BY place)
                        SELECT pg_notify(:bell, job) FROM unnest(:jobs) AS job""")
                .bindArray(
                        "ids",
                        String.class,
                        told.stream().map(each -> ids.event()).toList())
                .bindArray(
                        "jobs",
                        String.class,
                        told.stream().map(each -> each.job.value()).toList())
                .bindArray(
                        "times",
                        String.class,
                        told.stream().map(each -> each.at.toString()).toList())
                .bindArray(
                        "levels",
                        String.class,
                        told.stream().map(each -> each.level.word()).toList())
                .bindArray(
                        "messages",
                        String.class,
                        told.stream().map(New::message).toList())
                .bindArray(
                        "data",
                        String.class,
                        told.stream()
                                .map(each -> each.data == null ? null : each.data.toString())
                                .toArray())
                .bind("bell", BELL)
                .mapTo(String.class)
                .list();
    }

    /** An id for a job's first events, of which nobody can have asked to hear. */
    String id() {
        return ids.event();
    }

    /** Leaves numbers of steps behind {@code afterStep} out of all lists from now on; they can still be gone on from. */
    void supersede(Handle handle, JobId job, int afterStep) {
        handle.execute("""
                UPDATE job_events SET superseded = true
                WHERE job = ? AND NOT superseded AND (data ->> 'step')::integer > ?""", job.value(), afterStep);
    }

    /** Newest first; {@code before} is the number of the last one seen, {@code Long.MAX_VALUE} for the newest. */
    public List<Entry> backwards(JobId job, long before, int limit) {
        return select("number < :edge ORDER BY number DESC", job, before, limit);
    }

    /**
     * Some of a job's events, and whether the job has ended, both as of one moment.
     *
     * @param ended true as well where there is no such job
     */
    public record Told(List<Entry> entries, boolean ended) {}

    /** Oldest first; {@code after} is the number of the last one seen, 0 for the oldest. */
    public Told told(JobId job, long after, int limit) {
        record Row(boolean ended, @Nullable Entry entry) {}
        List<Row> rows = jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT finished_at IS NOT NULL AS ended, event.* FROM jobs
                        LEFT JOIN LATERAL (
                            SELECT number, id, created_at, level, message, data FROM job_events
                            WHERE job = :job AND NOT superseded AND number > :after ORDER BY number LIMIT :limit) AS event
                            ON true
                        WHERE jobs.id = :job ORDER BY number""")
                .bind("job", job.value())
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) ->
                        new Row(row.getBoolean("ended"), row.getString("id") == null ? null : entry(row, context)))
                .list());
        return new Told(
                rows.stream().flatMap(row -> Stream.ofNullable(row.entry())).toList(),
                rows.isEmpty() || rows.get(0).ended());
    }

    /** The number of a job's event; empty where it has none of that id. */
    public OptionalLong number(JobId job, String event) {
        if (event.indexOf('\0') >= 0) {
            return OptionalLong.empty(); // what PostgreSQL cannot hold is not there
        }
        return jdbi.withHandle(
                handle -> handle.select("SELECT number FROM job_events WHERE job = ? AND id = ?", job.value(), event)
                        .mapTo(Long.class)
                        .findOne()
                        .map(OptionalLong::of)
                        .orElse(OptionalLong.empty()));
    }

    private List<Entry> select(String which, JobId job, long edge, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT number, id, created_at, level, message, data FROM job_events WHERE job = :job AND NOT superseded AND "
                                + which + " LIMIT :limit")
                .bind("job", job.value())
                .bind("edge", edge)
                .bind("limit", limit)
                .map(this::entry)
                .list());
    }

    private Entry entry(ResultSet row, StatementContext context) throws SQLException {
        String data = row.getString("data");
        return new Entry(
                row.getLong("number"),
                row.getString("id"),
                row.getTimestamp("created_at").toInstant(),
                row.getString("level"),
                row.getString("message"),
                data == null ? null : read(data));
    }

    private ObjectNode read(String data) {
        try {
            return json.readValue(data, ObjectNode.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The table job_events holds what cannot be read", e);
        }
    }
}
