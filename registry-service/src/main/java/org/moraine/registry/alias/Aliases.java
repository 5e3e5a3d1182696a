package org.moraine.registry.alias;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.version.Versions;

/** Where every adapter's aliases point, and how they came to. */
@ApplicationScoped
public class Aliases {

    private static final Logger LOG = Logger.getLogger(Aliases.class);

    private static final String SELECT = """
            SELECT l.alias, l.version, l.moved_by, l.moved_at FROM aliases l JOIN adapters a ON a.id = l.adapter_id
            WHERE a.team = ? AND a.adapter = ?
            """;

    private final Jdbi jdbi;
    private final Versions versions;

    Aliases(Jdbi jdbi, Versions versions) {
        this.jdbi = jdbi;
        this.versions = versions;
    }

    /** An adapter's aliases by name. */
    public List<Alias> of(AdapterName adapter) {
        return jdbi.withHandle(handle -> handle.select(
                        SELECT + " ORDER BY l.alias COLLATE \"C\"",
                        adapter.team().value(),
                        adapter.adapter())
                .map((row, context) -> alias(row))
                .list());
    }

    /** The version that an alias points at now. */
    public Optional<Integer> version(AdapterName adapter, String alias) {
        return find(adapter, alias).map(Alias::version);
    }

    Optional<Alias> find(AdapterName adapter, String alias) {
        return jdbi.withHandle(handle -> handle.select(
                        SELECT + " AND l.alias = ?", adapter.team().value(), adapter.adapter(), alias)
                .map((row, context) -> alias(row))
                .findOne());
    }

    /**
     * Points an alias at a version that is there, and keeps who did it; both in one transaction. Pointing it where it
     * points already changes nothing.
     *
     * @param expected the version that it points at now, null where there is to be no such alias yet
     * @throws Refused where it points elsewhere than expected, where a tag has the name, or where there is no such version
     */
    public Alias move(AdapterName adapter, String alias, int version, @Nullable Integer expected, TeamName by) {
        VersionName.check("alias", alias);
        Alias moved = jdbi.inTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            versions.requireLive(transaction, id, version);
            Optional<Alias> before = current(transaction, id, alias);
            if (before.isPresent() && before.get().version() == version) {
                return before.get();
            }
            requireExpected(alias, before, expected);
            boolean tag = transaction
                    .select("SELECT 1 FROM tags WHERE adapter_id = ? AND tag = ?", id, alias)
                    .mapTo(int.class)
                    .findOne()
                    .isPresent();
            if (tag) {
                throw Refused.conflict(
                        "name_taken", "'" + alias + "' is a tag of " + adapter + ", and tags never move");
            }
            keep(transaction, id, alias, before, version, by);
            return transaction
                    .select("""
                            INSERT INTO aliases (adapter_id, alias, version, moved_by) VALUES (?, ?, ?, ?)
                            ON CONFLICT (adapter_id, alias)
                            DO UPDATE SET version = excluded.version, moved_by = excluded.moved_by, moved_at = now()
                            RETURNING alias, version, moved_by, moved_at""", id, alias, version, by.value())
                    .map((row, context) -> alias(row))
                    .one();
        });
        LOG.infof("Alias points alias=%s adapter=%s version=%d team=%s", alias, adapter, version, by);
        return moved;
    }

    /** Takes an alias away; its moves stay known. Throws {@link Refused} where it is not there or points elsewhere. */
    public void remove(AdapterName adapter, String alias, @Nullable Integer expected, TeamName by) {
        jdbi.useTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            Optional<Alias> before = current(transaction, id, alias);
            if (before.isEmpty()) {
                throw absent(adapter, alias);
            }
            requireExpected(alias, before, expected);
            keep(transaction, id, alias, before, null, by);
            transaction.execute("DELETE FROM aliases WHERE adapter_id = ? AND alias = ?", id, alias);
        });
        LOG.infof("Alias taken away alias=%s adapter=%s team=%s", alias, adapter, by);
    }

    /** An alias's moves before one of them, newest first; also of one that was taken away. */
    List<AliasMove> moves(AdapterName adapter, String alias, long before, int limit) {
        return jdbi.withHandle(handle -> handle.select(
                        """
                        SELECT m.id, m.from_version, m.to_version, m.moved_by, m.moved_at
                        FROM alias_moves m JOIN adapters a ON a.id = m.adapter_id
                        WHERE a.team = ? AND a.adapter = ? AND m.alias = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?""", adapter.team().value(), adapter.adapter(), alias, before, limit)
                .map((row, context) -> new AliasMove(
                        row.getLong("id"),
                        row.getObject("from_version", Integer.class),
                        row.getObject("to_version", Integer.class),
                        row.getString("moved_by"),
                        row.getObject("moved_at", OffsetDateTime.class).toInstant()))
                .list());
    }

    /** The aliases that point at a version, by name. */
    public List<String> at(Handle transaction, long adapterId, int version) {
        return transaction
                .select(
                        "SELECT alias FROM aliases WHERE adapter_id = ? AND version = ? ORDER BY alias",
                        adapterId,
                        version)
                .mapTo(String.class)
                .list();
    }

    static Refused absent(AdapterName adapter, String alias) {
        return Refused.absent("alias_not_found", "alias", "There is no alias '" + alias + "' of " + adapter);
    }

    private static Optional<Alias> current(Handle transaction, long adapterId, String alias) {
        return transaction
                .select(
                        "SELECT alias, version, moved_by, moved_at FROM aliases WHERE adapter_id = ? AND alias = ?",
                        adapterId,
                        alias)
                .map((row, context) -> alias(row))
                .findOne();
    }

    private static void requireExpected(String alias, Optional<Alias> before, @Nullable Integer expected) {
        Integer now = before.map(Alias::version).orElse(null);
        if (!Objects.equals(now, expected)) {
            throw Refused.conflict(
                    "alias_elsewhere",
                    now == null
                            ? "There is no alias '" + alias + "' yet; leave expected_version out to make it"
                            : "'" + alias + "' points at version " + now + "; to change that send expected_version "
                                    + now);
        }
    }

    private static void keep(
            Handle transaction,
            long adapterId,
            String alias,
            Optional<Alias> before,
            @Nullable Integer to,
            TeamName by) {
        transaction.execute("""
                INSERT INTO alias_moves (adapter_id, alias, from_version, to_version, moved_by)
                VALUES (?, ?, ?, ?, ?)""", adapterId, alias, before.map(Alias::version).orElse(null), to, by.value());
    }

    private static Alias alias(ResultSet row) throws SQLException {
        return new Alias(
                row.getString("alias"),
                row.getInt("version"),
                row.getString("moved_by"),
                row.getObject("moved_at", OffsetDateTime.class).toInstant());
    }
}
