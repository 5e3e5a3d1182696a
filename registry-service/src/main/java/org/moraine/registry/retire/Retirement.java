package org.moraine.registry.retire;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;
import org.moraine.registry.alias.Aliases;
import org.moraine.registry.version.Versions;

/** Deprecates and deletes versions, and takes both back. Each is one transaction that holds the adapter. */
@ApplicationScoped
public class Retirement {

    private static final Logger LOG = Logger.getLogger(Retirement.class);
    private static final int LONGEST_MESSAGE = 500;

    private final Jdbi jdbi;
    private final Versions versions;
    private final Aliases aliases;

    Retirement(Jdbi jdbi, Versions versions, Aliases aliases) {
        this.jdbi = jdbi;
        this.versions = versions;
        this.aliases = aliases;
    }

    /** A version that is deleted and can still come back. */
    record Deleted(int version, String deletedBy, Instant deletedAt) {}

    /** Tells whoever pulls the version from now on; in the place of what was told before. */
    void deprecate(AdapterName adapter, int version, String message, TeamName by) {
        if (message.isBlank() || message.length() > LONGEST_MESSAGE || !message.matches("[\\x20-\\x7e]+")) {
            throw Refused.invalid(
                    "message", "Say in one line of at most " + LONGEST_MESSAGE + " ASCII letters what to use instead");
        }
        jdbi.useTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            versions.requireLive(transaction, id, version);
            transaction.execute("""
                    INSERT INTO deprecations (adapter_id, version, message, deprecated_by) VALUES (?, ?, ?, ?)
                    ON CONFLICT (adapter_id, version)
                    DO UPDATE SET message = excluded.message, deprecated_by = excluded.deprecated_by,
                                  deprecated_at = now()""", id, version, message, by.value());
        });
        LOG.infof("Version deprecated adapter=%s version=%d team=%s", adapter, version, by);
    }

    void undeprecate(AdapterName adapter, int version, TeamName by) {
        jdbi.useTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            versions.requireLive(transaction, id, version);
            transaction.execute("DELETE FROM deprecations WHERE adapter_id = ? AND version = ?", id, version);
        });
        LOG.infof("Version no longer deprecated adapter=%s version=%d team=%s", adapter, version, by);
    }

    /** Throws {@link Refused} where an alias points at the version: who pulls by it would find nothing. */
    void delete(AdapterName adapter, int version, TeamName by) {
        jdbi.useTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            versions.requireLive(transaction, id, version);
            List<String> pointing = aliases.at(transaction, id, version);
            if (!pointing.isEmpty()) {
                throw Refused.conflict(
                        "version_in_use",
                        "Version " + version + " is what " + String.join(", ", pointing)
                                + " points at; move or take that away first");
            }
            transaction.execute(
                    "INSERT INTO deletions (adapter_id, version, deleted_by) VALUES (?, ?, ?)",
                    id,
                    version,
                    by.value());
        });
        LOG.infof("Version deleted adapter=%s version=%d team=%s", adapter, version, by);
    }

    /** Undoes a deletion; nothing happens where the version is there. */
    void restore(AdapterName adapter, int version, TeamName by) {
        jdbi.useTransaction(transaction -> {
            long id = lockAlsoDeleted(transaction, adapter);
            boolean purged = transaction
                    .select(
                            "SELECT 1 FROM versions WHERE adapter_id = ? AND version = ? AND purged_at IS NOT NULL",
                            id,
                            version)
                    .mapTo(int.class)
                    .findOne()
                    .isPresent();
            if (purged) {
                throw Refused.absent(
                        "version_purged", "version", "Version " + version + " was purged; its files are gone");
            }
            transaction.execute("DELETE FROM deletions WHERE adapter_id = ? AND version = ?", id, version);
            versions.requireLive(transaction, id, version);
            transaction.execute("UPDATE adapters SET deleted_at = NULL, deleted_by = NULL WHERE id = ?", id);
        });
        LOG.infof("Version restored adapter=%s version=%d team=%s", adapter, version, by);
    }

    /** Deletes an adapter with all its versions. Its aliases stay as they are, for when it comes back. */
    public void delete(AdapterName adapter, TeamName by) {
        jdbi.useTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            transaction.execute("""
                    INSERT INTO deletions (adapter_id, version, deleted_by)
                    SELECT adapter_id, version, ? FROM live_versions WHERE adapter_id = ?""", by.value(), id);
            transaction.execute("UPDATE adapters SET deleted_at = now(), deleted_by = ? WHERE id = ?", by.value(), id);
        });
        LOG.infof("Adapter deleted adapter=%s team=%s", adapter, by);
    }

    /** Undoes an adapter's deletion: what went with it comes back. Nothing happens where the adapter is there. */
    void restore(AdapterName adapter, TeamName by) {
        jdbi.useTransaction(transaction -> {
            long id = lockAlsoDeleted(transaction, adapter);
            transaction.execute("""
                    DELETE FROM deletions d WHERE adapter_id = ?
                    AND deleted_at = (SELECT deleted_at FROM adapters WHERE id = ?)
                    AND NOT EXISTS (SELECT FROM versions v WHERE v.adapter_id = d.adapter_id
                                    AND v.version = d.version AND v.purged_at IS NOT NULL)""", id, id);
            transaction.execute("UPDATE adapters SET deleted_at = NULL, deleted_by = NULL WHERE id = ?", id);
        });
        LOG.infof("Adapter restored adapter=%s team=%s", adapter, by);
    }

    /** An adapter's versions that can be restored, newest first; also where the adapter is deleted itself. */
    List<Deleted> deleted(AdapterName adapter) {
        return jdbi.withHandle(handle -> {
            long id = find(handle, adapter, "").orElseThrow(() -> Visible.absent(adapter.toString()));
            return handle.select("""
                            SELECT version, deleted_by, deleted_at FROM deletions JOIN versions USING (adapter_id, version)
                            WHERE adapter_id = ? AND purged_at IS NULL ORDER BY version DESC""", id)
                    .map((row, context) -> new Deleted(
                            row.getInt("version"),
                            row.getString("deleted_by"),
                            row.getObject("deleted_at", OffsetDateTime.class).toInstant()))
                    .list();
        });
    }

    private static long lockAlsoDeleted(Handle transaction, AdapterName adapter) {
        return find(transaction, adapter, "FOR UPDATE").orElseThrow(() -> Visible.absent(adapter.toString()));
    }

    private static Optional<Long> find(Handle handle, AdapterName adapter, String how) {
        return handle.select(
                        "SELECT id FROM adapters WHERE team = ? AND adapter = ? " + how,
                        adapter.team().value(),
                        adapter.adapter())
                .mapTo(Long.class)
                .findOne();
    }
}
