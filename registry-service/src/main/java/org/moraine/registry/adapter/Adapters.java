package org.moraine.registry.adapter;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;
import org.moraine.registry.version.Versions;

/** All teams' adapters. */
@ApplicationScoped
public class Adapters {

    private static final String SELECT = """
            SELECT team, adapter, created_at, coalesce(%s, 0) AS newest
            FROM adapters a
            """.formatted(Versions.NEWEST_OF.formatted("a.id"));

    private final Jdbi jdbi;

    Adapters(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** The turn to publish into an adapter: its row's id and the number that is next. */
    public record Turn(long adapterId, int version) {}

    /**
     * Waits for the turn to publish, making the adapter where it is absent or deleted (what was deleted with it stays
     * so); held until the transaction ends. Throws {@link Refused} where the name is a mirrored model's.
     */
    public Turn takeTurn(Handle transaction, AdapterName adapter) {
        return turn(transaction, adapter, false).orElseThrow(() -> Visible.mirrored(adapter));
    }

    /** As {@link #takeTurn} for a model of the other Hub; throws where the name is a team's own. */
    public Turn takeMirrorTurn(Handle transaction, AdapterName model) {
        return turn(transaction, model, true)
                .orElseThrow(() -> new IllegalStateException(model + " became a team's own meanwhile"));
    }

    private static Optional<Turn> turn(Handle transaction, AdapterName adapter, boolean mirrored) {
        return transaction
                .select("""
                        INSERT INTO adapters AS a (team, adapter, mirrored) VALUES (?, ?, ?)
                        ON CONFLICT (team, adapter) DO UPDATE SET deleted_at = NULL, deleted_by = NULL
                        WHERE a.mirrored = excluded.mirrored
                        RETURNING id, newest""", adapter.team().value(), adapter.adapter(), mirrored)
                .map((row, context) -> new Turn(row.getLong("id"), row.getInt("newest") + 1))
                .findOne();
    }

    /** Uses the turn's number up; without it the number goes to the next who takes a turn. */
    public void finishTurn(Handle transaction, Turn turn) {
        transaction.execute("UPDATE adapters SET newest = ? WHERE id = ?", turn.version, turn.adapterId);
    }

    /** Makes an adapter that has no version yet, unless it is there; whether it was not. */
    public boolean make(AdapterName adapter) {
        return jdbi.withHandle(handle -> handle.execute("""
                        INSERT INTO adapters AS a (team, adapter) VALUES (?, ?)
                        ON CONFLICT (team, adapter) DO UPDATE SET deleted_at = NULL, deleted_by = NULL
                        WHERE a.deleted_at IS NOT NULL AND NOT a.mirrored""", adapter.team().value(), adapter.adapter())) == 1;
    }

    /** Throws {@link Refused} where there is no such adapter. */
    public Adapter require(AdapterName adapter) {
        return find(adapter).orElseThrow(() -> Visible.absent(adapter.toString()));
    }

    public Optional<Adapter> find(AdapterName adapter) {
        return jdbi.withHandle(handle -> handle.select(
                        SELECT + "WHERE team = ? AND adapter = ? AND deleted_at IS NULL",
                        adapter.team().value(),
                        adapter.adapter())
                .map((row, context) -> adapter(row))
                .findOne());
    }

    /** A team's adapters whose name comes after another, in the order of names. */
    List<Adapter> of(TeamName team, String after, int limit) {
        return jdbi.withHandle(handle -> handle.select(SELECT + """
                        WHERE team = ? AND adapter COLLATE "C" > ? AND deleted_at IS NULL AND NOT mirrored
                        ORDER BY adapter COLLATE "C" LIMIT ?""", team.value(), after, limit)
                .map((row, context) -> adapter(row))
                .list());
    }

    private static Adapter adapter(ResultSet row) throws SQLException {
        return new Adapter(
                new AdapterName(new TeamName(row.getString("team")), row.getString("adapter")),
                row.getInt("newest"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
