package org.moraine.registry.blob;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Keeps every instance of the service from taking blobs away for a while. A copy of the bucket that is begun and ended under
 * a hold has every blob of a copy of the database that was made between: blobs are written before their rows, and never
 * change.
 */
@ApplicationScoped
public class CollectionHold {

    private static final String LOCK = "hashtextextended('moraine collection', 0)";

    private final Jdbi jdbi;

    CollectionHold(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** Begins a hold, or prolongs or shortens it; waits for what is being taken away at the moment. */
    public void hold(Instant until) {
        jdbi.useTransaction(transaction -> {
            transaction.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
            transaction.execute(
                    "INSERT INTO upkeep_hold (until) VALUES (?) ON CONFLICT (one) DO UPDATE SET until = excluded.until",
                    until.atOffset(ZoneOffset.UTC));
        });
    }

    public void release() {
        jdbi.useHandle(handle -> handle.execute("DELETE FROM upkeep_hold"));
    }

    /** Until when there is a hold; empty where there is none. */
    public Optional<Instant> until() {
        return jdbi.withHandle(CollectionHold::until);
    }

    /** Whether there is a hold; where there is none, none begins before the transaction ends. */
    static boolean isOn(Handle transaction) {
        transaction.execute("SELECT pg_advisory_xact_lock_shared(" + LOCK + ")");
        return until(transaction).isPresent();
    }

    private static Optional<Instant> until(Handle handle) {
        return handle.select("SELECT until FROM upkeep_hold WHERE until > now()")
                .mapTo(OffsetDateTime.class)
                .findOne()
                .map(OffsetDateTime::toInstant);
    }
}
