package org.moraine.jobs.dispatch;

import jakarta.inject.Singleton;
import java.time.Clock;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** The table of workers that said they are there. */
@Singleton
public class Workers {

    private final Jdbi jdbi;
    private final Clock clock;
    private final DispatchConfig config;

    Workers(Jdbi jdbi, Clock clock, DispatchConfig config) {
        this.jdbi = jdbi;
        this.clock = clock;
        this.config = config;
    }

    /** A worker says that it is there, and whether it trains. */
    void seen(String name, boolean busy) {
        jdbi.useHandle(handle -> seen(handle, name, busy));
    }

    /** A worker took a job; it counts as busy until it says otherwise. */
    public void took(Handle handle, String name) {
        seen(handle, name, true);
    }

    private void seen(Handle handle, String name, boolean busy) {
        handle.execute("""
                INSERT INTO workers (name, busy, seen_at) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET busy = excluded.busy, seen_at = excluded.seen_at""", name, busy, clock.instant());
    }

    /** How many are there and do nothing. */
    int idle(Handle handle) {
        return handle.select(
                        "SELECT count(*) FROM workers WHERE NOT busy AND seen_at >= ?",
                        clock.instant().minus(config.workerSeen()))
                .mapTo(Integer.class)
                .one();
    }
}
