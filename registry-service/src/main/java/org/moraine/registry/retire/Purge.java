package org.moraine.registry.retire;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;

/**
 * Lets go of what deleted versions held. A version stays as a number and as the job that made it, so that neither is
 * given again, but its files are gone and it cannot be restored.
 */
@ApplicationScoped
public class Purge {

    private static final Logger LOG = Logger.getLogger(Purge.class);

    private final Jdbi jdbi;

    Purge(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    private record Due(long adapterId, int version) {}

    /**
     * Purges the versions that were deleted before a moment, each in a transaction of its own that holds the adapter.
     *
     * @param dry whether only to count them
     * @return how many
     */
    public int purge(Instant before, boolean dry) {
        List<Due> due = jdbi.withHandle(handle -> handle.select("""
                        SELECT adapter_id, version FROM deletions d JOIN versions v USING (adapter_id, version)
                        WHERE d.deleted_at < ? AND v.purged_at IS NULL""", before.atOffset(ZoneOffset.UTC))
                .map((row, context) -> new Due(row.getLong("adapter_id"), row.getInt("version")))
                .list());
        return dry
                ? due.size()
                : (int) due.stream().filter(one -> purge(one, before)).count();
    }

    private boolean purge(Due due, Instant before) {
        return jdbi.inTransaction(transaction -> {
            long id = transaction
                    .select("SELECT id FROM adapters WHERE id = ? FOR UPDATE", due.adapterId)
                    .mapTo(long.class)
                    .one();
            int purged = transaction.execute("""
                    UPDATE versions v SET purged_at = now() WHERE adapter_id = ? AND version = ? AND purged_at IS NULL
                    AND EXISTS (SELECT FROM deletions d WHERE d.adapter_id = v.adapter_id AND d.version = v.version
                                AND d.deleted_at < ?)""", id, due.version, before.atOffset(ZoneOffset.UTC));
            if (purged == 1) {
                for (String table : List.of("version_files", "tags", "deprecations", "aliases")) {
                    transaction.execute(
                            "DELETE FROM " + table + " WHERE adapter_id = ? AND version = ?", id, due.version);
                }
                LOG.infof("Version purged adapter_id=%d version=%d", id, due.version);
            }
            return purged == 1;
        });
    }
}
