package org.moraine.jobs.dispatch;

import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.WorkerKind;
import org.moraine.contracts.WorkerPresence;
import org.moraine.jobs.Needs;

/** The table of workers that said they are there, and what they have. */
@Singleton
public class Workers {

    /** Whether the row of {@code workers} has what the row of {@code jobs} needs, as {@link Needs#fit} says. */
    static final String FITS = """
            coalesce(CASE WHEN workers.bf16 AND needs_bf16 IS NOT NULL THEN needs_bf16 ELSE needs_fp32 END
                         <= workers.memory,
                     needs_fp32 IS NULL AND needs_bf16 IS NULL)""";

    /** How many workers of {@code kind} do nothing, less the dispatches that are on their way to them. */
    static final String IDLE = """
            count(*) FILTER (WHERE NOT busy)
                - (SELECT count(*) FROM jobs WHERE dispatched_at IS NOT NULL AND dispatched_to = kind)""";

    private final Jdbi jdbi;
    private final Clock clock;
    private final DispatchConfig config;

    Workers(Jdbi jdbi, Clock clock, DispatchConfig config) {
        this.jdbi = jdbi;
        this.clock = clock;
        this.config = config;
    }

    /**
     * Workers of one kind that are there.
     *
     * @param idle those that do nothing, less the dispatches that are on their way to them
     * @param operationsPerSecond of the fastest, null where none said
     */
    record Present(WorkerKind kind, int idle, @Nullable Double operationsPerSecond) {}

    /** A worker says that it is there, what it has, and whether it trains. */
    void seen(String name, WorkerPresence presence) {
        WorkerKind kind = presence.kind();
        jdbi.useHandle(handle -> handle.execute(
                """
                INSERT INTO workers (name, busy, kind, device, memory, bf16, operations_per_second, seen_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET busy = excluded.busy, kind = excluded.kind, device = excluded.device,
                    memory = excluded.memory, bf16 = excluded.bf16,
                    operations_per_second = excluded.operations_per_second, seen_at = excluded.seen_at""",
                name,
                presence.busy(),
                kind.word(),
                kind.device().name(),
                kind.memory(),
                kind.bf16(),
                presence.operationsPerSecond(),
                clock.instant()));
    }

    /** A worker took a job; it counts as busy until it says otherwise. */
    public void took(Handle handle, String name) {
        handle.execute("UPDATE workers SET busy = true, seen_at = ? WHERE name = ?", clock.instant(), name);
    }

    /** A worker that said so since then counts as there. */
    Instant seenSince() {
        return clock.instant().minus(config.workerSeen());
    }

    /** All kinds of which a worker is there, the smallest first. */
    List<Present> present(Handle handle) {
        return handle.createQuery("""
                        SELECT device, memory, bf16, max(operations_per_second) AS rate, %s AS idle
                        FROM workers WHERE seen_at >= :seen GROUP BY kind, device, memory, bf16 ORDER BY memory, kind
                        """.formatted(IDLE))
                .bind("seen", seenSince())
                .map((row, context) -> present(row))
                .list();
    }

    private static Present present(ResultSet row) throws SQLException {
        return new Present(
                new WorkerKind(
                        WorkerKind.Device.valueOf(row.getString("device")),
                        row.getLong("memory"),
                        row.getBoolean("bf16")),
                row.getInt("idle"),
                row.getObject("rate", Double.class));
    }
}
