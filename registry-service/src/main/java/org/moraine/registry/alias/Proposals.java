package org.moraine.registry.alias;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.access.KeyHolder;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** The moves of aliases that were asked for where a rule wants an approval. */
@ApplicationScoped
class Proposals {

    private static final String SELECT = """
            SELECT p.id, a.team, a.adapter, p.alias, p.from_version, p.to_version, p.proposed_by, p.proposed_at,
                   p.approved, p.decided_by, p.decided_at
            FROM alias_proposals p JOIN adapters a ON a.id = p.adapter_id
            """;

    private final Jdbi jdbi;

    Proposals(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** Asks for a move; who asks for the same again finds what waits already. */
    Proposal add(
            Handle transaction,
            long adapterId,
            String alias,
            @Nullable Integer from,
            @Nullable Integer to,
            KeyHolder by) {
        Optional<Long> waiting = transaction
                .select("""
                        SELECT id FROM alias_proposals WHERE adapter_id = ? AND alias = ? AND approved IS NULL
                        AND from_version IS NOT DISTINCT FROM ? AND to_version IS NOT DISTINCT FROM ?""", adapterId, alias, from, to)
                .mapTo(Long.class)
                .findFirst();
        long id = waiting.orElseGet(() -> transaction
                .select("""
                        INSERT INTO alias_proposals (adapter_id, alias, from_version, to_version, proposed_by)
                        VALUES (?, ?, ?, ?, ?) RETURNING id""", adapterId, alias, from, to, by.toString())
                .mapTo(Long.class)
                .one());
        return select(transaction, "WHERE p.id = ?", id).get(0);
    }

    /** All that wait, of every team, oldest first. */
    List<Proposal> waiting(int limit) {
        return jdbi.withHandle(handle -> select(handle, "WHERE p.approved IS NULL ORDER BY p.id LIMIT ?", limit));
    }

    /** What was asked for an alias, newest first. */
    List<Proposal> of(AdapterName adapter, String alias, int limit) {
        return jdbi.withHandle(handle -> select(
                handle,
                "WHERE a.team = ? AND a.adapter = ? AND p.alias = ? ORDER BY p.id DESC LIMIT ?",
                adapter.team().value(),
                adapter.adapter(),
                alias,
                limit));
    }

    Proposal require(long proposal) {
        return jdbi.withHandle(handle -> select(handle, "WHERE p.id = ?", proposal)).stream()
                .findFirst()
                .orElseThrow(
                        () -> Refused.absent("proposal_not_found", "proposal", "There is no proposal " + proposal));
    }

    /** Writes a decision down; throws {@link Refused} where there is one already. */
    Proposal decide(Handle transaction, long proposal, boolean approved, KeyHolder by) {
        int decided = transaction.execute("""
                UPDATE alias_proposals SET approved = ?, decided_by = ?, decided_at = now()
                WHERE id = ? AND approved IS NULL""", approved, by.toString(), proposal);
        if (decided == 0) {
            throw Refused.conflict("proposal_decided", "Proposal " + proposal + " was decided already");
        }
        return select(transaction, "WHERE p.id = ?", proposal).get(0);
    }

    private static List<Proposal> select(Handle handle, String condition, Object... arguments) {
        return handle.select(SELECT + condition, arguments)
                .map((row, context) -> proposal(row))
                .list();
    }

    private static Proposal proposal(ResultSet row) throws SQLException {
        OffsetDateTime decided = row.getObject("decided_at", OffsetDateTime.class);
        return new Proposal(
                row.getLong("id"),
                new AdapterName(new TeamName(row.getString("team")), row.getString("adapter")),
                row.getString("alias"),
                row.getObject("from_version", Integer.class),
                row.getObject("to_version", Integer.class),
                row.getString("proposed_by"),
                row.getObject("proposed_at", OffsetDateTime.class).toInstant(),
                row.getObject("approved", Boolean.class),
                row.getString("decided_by"),
                decided == null ? null : decided.toInstant());
    }
}
