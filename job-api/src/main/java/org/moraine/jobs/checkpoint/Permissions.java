package org.moraine.jobs.checkpoint;

import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.jobs.Ids;
import org.moraine.jobs.Job;
import org.moraine.jobs.Jobs;

/** Who may see a checkpoint beside the team whose job made it. Checkpoints are known here by their models' names. */
@Singleton
public class Permissions {

    private static final Logger LOG = Logger.getLogger(Permissions.class);
    private static final Pattern NAME = Pattern.compile("(.+):ckpt-step-([0-9]{1,9})");

    private final Jdbi jdbi;
    private final Jobs jobs;
    private final Checkpoints checkpoints;
    private final Ids ids;
    private final Clock clock;

    Permissions(Jdbi jdbi, Jobs jobs, Checkpoints checkpoints, Ids ids, Clock clock) {
        this.jdbi = jdbi;
        this.jobs = jobs;
        this.checkpoints = checkpoints;
        this.ids = ids;
        this.clock = clock;
    }

    /** What one team may see. */
    record Permission(long number, String id, Instant at, TeamName team) {}

    /** A checkpoint as a model. */
    public record Model(String name, Instant at, TeamName owner) {}

    /** The checkpoint of that model name; empty where there is none, or the team may not see it. */
    public Optional<Model> visible(TeamName team, String name) {
        return find(name)
                .filter(found -> found.job.team().equals(team) || isPermitted(found.entry.id(), team))
                .map(found -> new Model(name, found.entry.at(), found.job.team()));
    }

    /** Lets teams see a checkpoint; gives their permissions in the order of the teams. Repeatable. */
    List<Permission> grant(String name, List<TeamName> teams) {
        String checkpoint = require(name);
        List<Permission> granted = jdbi.inTransaction(handle -> teams.stream()
                .map(team -> handle.createQuery("""
                                INSERT INTO checkpoint_permissions (id, checkpoint, team, created_at)
                                VALUES (:id, :checkpoint, :team, :now)
                                ON CONFLICT (checkpoint, team) DO UPDATE SET team = excluded.team
                                RETURNING number, id, created_at, team""")
                        .bind("id", ids.permission())
                        .bind("checkpoint", checkpoint)
                        .bind("team", team.value())
                        .bind("now", clock.instant())
                        .map(Permissions::permission)
                        .one())
                .toList());
        LOG.infof("Checkpoint may be seen checkpoint=%s teams=%s", name, teams);
        return granted;
    }

    /**
     * A checkpoint's permissions in the order in which they were given.
     *
     * @param after the id of the last one seen, null before the first
     * @param team only this team's, null for all
     */
    List<Permission> page(String name, @Nullable String after, int limit, boolean ascending, @Nullable String team) {
        String checkpoint = require(name);
        Long edge = after == null
                ? null
                : one(checkpoint, after)
                        .orElseThrow(() -> Refused.invalid("after", "The checkpoint has no permission " + after))
                        .number();
        String order = ascending ? "ASC" : "DESC";
        String beyond = ascending ? ">" : "<";
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT number, id, created_at, team FROM checkpoint_permissions WHERE checkpoint = :checkpoint"
                                + " AND (:team::text IS NULL OR team = :team)"
                                + " AND (:edge::bigint IS NULL OR number " + beyond + " :edge)"
                                + " ORDER BY number " + order + " LIMIT :limit")
                .bind("checkpoint", checkpoint)
                .bind("team", team)
                .bind("edge", edge)
                .bind("limit", limit)
                .map(Permissions::permission)
                .list());
    }

    /** Takes a permission back; throws {@link Refused} where the checkpoint has none of that id. */
    void revoke(String name, String id) {
        Permission permission = one(require(name), id)
                .orElseThrow(() -> Refused.absent(
                        "permission_not_found", "permission_id", "The checkpoint has no permission " + id));
        jdbi.useHandle(handle -> handle.execute("DELETE FROM checkpoint_permissions WHERE id = ?", permission.id()));
        LOG.infof("Checkpoint may not be seen any more checkpoint=%s team=%s", name, permission.team());
    }

    private record Found(Job job, Checkpoints.Entry entry) {}

    private Optional<Found> find(String name) {
        Matcher parts = NAME.matcher(name);
        if (!parts.matches()) {
            return Optional.empty();
        }
        int step = Integer.parseInt(parts.group(2));
        return jobs.named(parts.group(1))
                .flatMap(job -> checkpoints.at(job.id(), step).map(entry -> new Found(job, entry)));
    }

    private String require(String name) {
        return find(name)
                .orElseThrow(() -> Refused.absent(
                        "checkpoint_not_found",
                        "fine_tuned_model_checkpoint",
                        "The checkpoint '" + name + "' does not exist"))
                .entry
                .id();
    }

    private boolean isPermitted(String checkpoint, TeamName team) {
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT EXISTS (SELECT FROM checkpoint_permissions WHERE checkpoint = ? AND team = ?)",
                        checkpoint,
                        team.value())
                .mapTo(Boolean.class)
                .one());
    }

    private Optional<Permission> one(String checkpoint, String id) {
        if (id.indexOf('\0') >= 0) {
            return Optional.empty(); // what PostgreSQL cannot hold is not there
        }
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT number, id, created_at, team FROM checkpoint_permissions WHERE checkpoint = ? AND id = ?",
                        checkpoint,
                        id)
                .map(Permissions::permission)
                .findOne());
    }

    private static Permission permission(ResultSet row, StatementContext context) throws SQLException {
        return new Permission(
                row.getLong("number"),
                row.getString("id"),
                row.getTimestamp("created_at").toInstant(),
                new TeamName(row.getString("team")));
    }
}
