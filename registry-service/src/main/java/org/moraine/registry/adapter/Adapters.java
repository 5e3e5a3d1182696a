package org.moraine.registry.adapter;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;

/** All teams' adapters. */
@ApplicationScoped
public class Adapters {

    private final Jdbi jdbi;

    Adapters(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** The turn to publish into an adapter: its row's id and the number that is next. */
    public record Turn(long adapterId, int version) {}

    /** Waits for the turn to publish, making the adapter where it is absent; held until the transaction ends. */
    public Turn takeTurn(Handle transaction, AdapterName adapter) {
        transaction.execute(
                "INSERT INTO adapters (team, adapter) VALUES (?, ?) ON CONFLICT DO NOTHING",
                adapter.team().value(),
                adapter.adapter());
        return transaction
                .select(
                        "SELECT id, newest FROM adapters WHERE team = ? AND adapter = ? FOR UPDATE",
                        adapter.team().value(),
                        adapter.adapter())
                .map((row, context) -> new Turn(row.getLong("id"), row.getInt("newest") + 1))
                .one();
    }

    /** Makes the turn's version the newest; without it the number goes to the next who takes a turn. */
    public void finishTurn(Handle transaction, Turn turn) {
        transaction.execute("UPDATE adapters SET newest = ? WHERE id = ?", turn.version, turn.adapterId);
    }

    /** Throws {@link Refused} where there is no such adapter. */
    public Adapter require(AdapterName adapter) {
        return jdbi.withHandle(handle -> handle.select(
                                "SELECT team, adapter, newest, created_at FROM adapters WHERE team = ? AND adapter = ?",
                                adapter.team().value(),
                                adapter.adapter())
                        .map((row, context) -> adapter(row))
                        .findOne())
                .orElseThrow(() -> Visible.absent(adapter.toString()));
    }

    /** A team's adapters whose name comes after another, in the order of names. */
    List<Adapter> of(TeamName team, String after, int limit) {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT team, adapter, newest, created_at FROM adapters
                        WHERE team = ? AND adapter COLLATE "C" > ? ORDER BY adapter COLLATE "C" LIMIT ?""", team.value(), after, limit)
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
