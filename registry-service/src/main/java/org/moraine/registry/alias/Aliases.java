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
import org.moraine.access.KeyHolder;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.version.Versions;
import org.moraine.registry.webhook.WebhookSender;
import org.moraine.registry.webhook.Webhooks;

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
    private final AliasRules rules;
    private final Proposals proposals;
    private final Webhooks webhooks;
    private final WebhookSender sender;

    Aliases(
            Jdbi jdbi,
            Versions versions,
            AliasRules rules,
            Proposals proposals,
            Webhooks webhooks,
            WebhookSender sender) {
        this.jdbi = jdbi;
        this.versions = versions;
        this.rules = rules;
        this.proposals = proposals;
        this.webhooks = webhooks;
        this.sender = sender;
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
     * points already changes nothing. Where the alias's rule asks for an approval, the move waits for it.
     *
     * @param expected the version that it points at now, null where there is to be no such alias yet
     * @throws Refused where it points elsewhere than expected, where a tag has the name, where there is no such version or
     *     it misses the rule's metrics
     */
    public Moved move(AdapterName adapter, String alias, int version, @Nullable Integer expected, KeyHolder by) {
        VersionName.check("alias", alias);
        return change(adapter, alias, version, expected, by);
    }

    /**
     * Takes an alias away; its moves stay known. Where its rule asks for an approval it stays until then.
     *
     * @throws Refused where it is not there or points elsewhere
     */
    public Moved remove(AdapterName adapter, String alias, @Nullable Integer expected, KeyHolder by) {
        return change(adapter, alias, null, expected, by);
    }

    private Moved change(
            AdapterName adapter, String alias, @Nullable Integer to, @Nullable Integer expected, KeyHolder by) {
        Moved moved = jdbi.inTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            Optional<Alias> before = current(transaction, id, alias);
            if (to == null && before.isEmpty()) {
                throw absent(adapter, alias);
            }
            if (to != null) {
                versions.requireLive(transaction, id, to);
            }
            if (before.isPresent() && Objects.equals(before.get().version(), to)) {
                return new Moved(before.get(), null);
            }
            requireExpected(alias, before, expected);
            AliasRule rule = rules.of(transaction, id, alias);
            requireFits(transaction, id, adapter, alias, to, rule);
            if (!rule.approval()) {
                return new Moved(point(transaction, id, adapter, alias, to, by.toString(), null), null);
            }
            Proposal proposal = proposals.add(transaction, id, alias, expected, to, by);
            webhooks.tell(transaction, adapter.team(), "alias.proposed", proposal);
            return new Moved(null, proposal);
        });
        LOG.infof(
                "Alias %s alias=%s adapter=%s version=%s by=%s",
                moved.proposal() == null ? "points" : "waits", alias, adapter, to, by);
        sender.nudge();
        return moved;
    }

    /**
     * Makes a move that waited, or turns it down.
     *
     * @throws Refused where who approves it is known to be who asked for it; and as {@link #move}, where things have
     *     changed since it was asked for. It waits on then
     */
    Proposal decide(Proposal waiting, boolean approved, KeyHolder by) {
        if (approved && by.isKnownToBe(KeyHolder.of(waiting.proposedBy()))) {
            throw Refused.forbidden("'" + by.name() + "' asked for this move; somebody else approves it");
        }
        AdapterName adapter = waiting.adapter();
        String alias = waiting.alias();
        Proposal decided = jdbi.inTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            Proposal now = proposals.decide(transaction, waiting.proposal(), approved, by);
            if (approved) {
                if (waiting.to() != null) {
                    versions.requireLive(transaction, id, waiting.to());
                }
                requireFits(transaction, id, adapter, alias, waiting.to(), rules.of(transaction, id, alias));
                requireExpected(alias, current(transaction, id, alias), waiting.from());
                Alias unused =
                        point(transaction, id, adapter, alias, waiting.to(), waiting.proposedBy(), by.toString());
            }
            return now;
        });
        LOG.infof(
                "Alias decided alias=%s adapter=%s version=%s approved=%s by=%s",
                alias, adapter, waiting.to(), approved, by);
        sender.nudge();
        return decided;
    }

    private void requireFits(
            Handle transaction,
            long adapterId,
            AdapterName adapter,
            String alias,
            @Nullable Integer to,
            AliasRule rule) {
        if (to == null) {
            return;
        }
        if (!rule.metrics().isEmpty()) {
            rule.require(alias, to, versions.require(adapter, to).settings());
        }
        Tags.requireNone(transaction, adapterId, adapter, alias);
    }

    /** What a webhook's receiver reads of a move. */
    private record Told(
            AdapterName adapter,
            String alias,
            @Nullable Integer from,
            @Nullable Integer to,
            String movedBy,
            @Nullable String approvedBy) {}

    /** Moves an alias, keeps the move and tells of it. */
    private @Nullable Alias point(
            Handle transaction,
            long adapterId,
            AdapterName adapter,
            String alias,
            @Nullable Integer to,
            String by,
            @Nullable String approvedBy) {
        Integer from =
                current(transaction, adapterId, alias).map(Alias::version).orElse(null);
        transaction.execute("""
                INSERT INTO alias_moves (adapter_id, alias, from_version, to_version, moved_by, approved_by)
                VALUES (?, ?, ?, ?, ?, ?)""", adapterId, alias, from, to, by, approvedBy);
        webhooks.tell(transaction, adapter.team(), "alias.moved", new Told(adapter, alias, from, to, by, approvedBy));
        if (to == null) {
            transaction.execute("DELETE FROM aliases WHERE adapter_id = ? AND alias = ?", adapterId, alias);
            return null;
        }
        return transaction
                .select("""
                        INSERT INTO aliases (adapter_id, alias, version, moved_by) VALUES (?, ?, ?, ?)
                        ON CONFLICT (adapter_id, alias)
                        DO UPDATE SET version = excluded.version, moved_by = excluded.moved_by, moved_at = now()
                        RETURNING alias, version, moved_by, moved_at""", adapterId, alias, to, by)
                .map((row, context) -> alias(row))
                .one();
    }

    /** An alias's moves before one of them, newest first; also of one that was taken away. */
    List<AliasMove> moves(AdapterName adapter, String alias, long before, int limit) {
        return jdbi.withHandle(handle -> handle.select(
                        """
                        SELECT m.id, m.from_version, m.to_version, m.moved_by, m.moved_at, m.approved_by
                        FROM alias_moves m JOIN adapters a ON a.id = m.adapter_id
                        WHERE a.team = ? AND a.adapter = ? AND m.alias = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?""", adapter.team().value(), adapter.adapter(), alias, before, limit)
                .map((row, context) -> new AliasMove(
                        row.getLong("id"),
                        row.getObject("from_version", Integer.class),
                        row.getObject("to_version", Integer.class),
                        row.getString("moved_by"),
                        row.getObject("moved_at", OffsetDateTime.class).toInstant(),
                        row.getString("approved_by")))
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

    private static Alias alias(ResultSet row) throws SQLException {
        return new Alias(
                row.getString("alias"),
                row.getInt("version"),
                row.getString("moved_by"),
                row.getObject("moved_at", OffsetDateTime.class).toInstant());
    }
}
