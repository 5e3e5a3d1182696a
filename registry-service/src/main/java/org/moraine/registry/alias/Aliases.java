package org.moraine.registry.alias;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.TeamName;

/** Where every adapter's aliases point, and how they came to. */
@ApplicationScoped
public class Aliases {

    private static final Logger LOG = Logger.getLogger(Aliases.class);

    private final Jdbi jdbi;

    Aliases(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** An adapter's aliases by name. */
    public List<Alias> of(AdapterName adapter) {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT l.alias, l.version, l.moved_at FROM aliases l JOIN adapters a ON a.id = l.adapter_id
                        WHERE a.team = ? AND a.adapter = ? ORDER BY l.alias COLLATE "C\"""", adapter.team().value(), adapter.adapter())
                .map((row, context) -> alias(row))
                .list());
    }

    /** The version that an alias points at now. */
    public Optional<Integer> version(AdapterName adapter, String alias) {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT l.version FROM aliases l JOIN adapters a ON a.id = l.adapter_id
                        WHERE a.team = ? AND a.adapter = ? AND l.alias = ?""", adapter.team().value(), adapter.adapter(), alias)
                .mapTo(Integer.class)
                .findOne());
    }

    /**
     * Points an alias at a version that is there, and keeps who did it; both in one transaction. Pointing it where it
     * points already changes nothing.
     */
    Alias move(AdapterName adapter, String alias, int version, TeamName by) {
        Alias moved = jdbi.inTransaction(handle -> {
            long id = handle.select(
                            "SELECT id FROM adapters WHERE team = ? AND adapter = ? FOR UPDATE",
                            adapter.team().value(),
                            adapter.adapter())
                    .mapTo(long.class)
                    .one();
            @Nullable
            Alias before = handle.select(
                            "SELECT alias, version, moved_at FROM aliases WHERE adapter_id = ? AND alias = ?",
                            id,
                            alias)
                    .map((row, context) -> alias(row))
                    .findOne()
                    .orElse(null);
            if (before != null && before.version() == version) {
                return before;
            }
            handle.execute("""
                    INSERT INTO alias_moves (adapter_id, alias, from_version, to_version, moved_by)
                    VALUES (?, ?, ?, ?, ?)""", id, alias, before == null ? null : before.version(), version, by.value());
            return handle.select("""
                            INSERT INTO aliases (adapter_id, alias, version) VALUES (?, ?, ?)
                            ON CONFLICT (adapter_id, alias) DO UPDATE SET version = excluded.version, moved_at = now()
                            RETURNING alias, version, moved_at""", id, alias, version)
                    .map((row, context) -> alias(row))
                    .one();
        });
        LOG.infof("Alias points alias=%s adapter=%s version=%d team=%s", alias, adapter, version, by);
        return moved;
    }

    private static Alias alias(ResultSet row) throws SQLException {
        return new Alias(
                row.getString("alias"),
                row.getInt("version"),
                row.getObject("moved_at", OffsetDateTime.class).toInstant());
    }
}
