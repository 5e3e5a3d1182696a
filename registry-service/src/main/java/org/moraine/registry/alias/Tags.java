package org.moraine.registry.alias;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.version.Versions;

/** Every adapter's tags. */
@ApplicationScoped
public class Tags {

    private static final Logger LOG = Logger.getLogger(Tags.class);
    private static final int LONGEST_MESSAGE = 1000;

    private static final String SELECT = """
            SELECT t.tag, t.version, t.message, t.made_by, t.made_at FROM tags t JOIN adapters a ON a.id = t.adapter_id
            WHERE a.team = ? AND a.adapter = ?
            """;

    private final Jdbi jdbi;
    private final Versions versions;

    Tags(Jdbi jdbi, Versions versions) {
        this.jdbi = jdbi;
        this.versions = versions;
    }

    /** An adapter's tags by name. */
    public List<Tag> of(AdapterName adapter) {
        return jdbi.withHandle(handle -> handle.select(
                        SELECT + " ORDER BY t.tag COLLATE \"C\"", adapter.team().value(), adapter.adapter())
                .map((row, context) -> tag(row))
                .list());
    }

    public Optional<Tag> find(AdapterName adapter, String tag) {
        return jdbi.withHandle(handle -> handle.select(
                        SELECT + " AND t.tag = ?", adapter.team().value(), adapter.adapter(), tag)
                .map((row, context) -> tag(row))
                .findOne());
    }

    /** A tag, and whether it was set just now. */
    public record Outcome(Tag tag, boolean now) {}

    /**
     * Gives a version a tag, which it may have already. Throws {@link Refused} where another version has the tag, an alias
     * or the rule of one has the name, or there is no such version.
     */
    public Outcome add(AdapterName adapter, String tag, int version, String message, TeamName by) {
        VersionName.check("tag", tag);
        if (message.length() > LONGEST_MESSAGE) {
            throw Refused.invalid("message", "A tag's message has at most " + LONGEST_MESSAGE + " letters");
        }
        Outcome outcome = jdbi.inTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            versions.requireLive(transaction, id, version);
            Optional<Tag> before = transaction
                    .select(
                            "SELECT tag, version, message, made_by, made_at FROM tags WHERE adapter_id = ? AND tag = ?",
                            id,
                            tag)
                    .map((row, context) -> tag(row))
                    .findOne();
            if (before.isPresent() && before.get().version() == version) {
                return new Outcome(before.get(), false);
            }
            boolean alias = transaction
                    .select("""
                            SELECT 1 FROM aliases WHERE adapter_id = :id AND alias = :tag
                            UNION SELECT 1 FROM alias_rules WHERE adapter_id = :id AND alias = :tag""")
                    .bind("id", id)
                    .bind("tag", tag)
                    .mapTo(int.class)
                    .findOne()
                    .isPresent();
            if (before.isPresent() || alias) {
                throw Refused.conflict(
                        "name_taken",
                        "'" + tag + "' is "
                                + before.map(other -> "a tag of version " + other.version())
                                        .orElse("an alias, or has the rule of one")
                                + "; a tag never moves");
            }
            Tag made = transaction
                    .select("""
                            INSERT INTO tags (adapter_id, tag, version, message, made_by) VALUES (?, ?, ?, ?, ?)
                            RETURNING tag, version, message, made_by, made_at""", id, tag, version, message, by.value())
                    .map((row, context) -> tag(row))
                    .one();
            return new Outcome(made, true);
        });
        LOG.infof("Tag set tag=%s adapter=%s version=%d team=%s", tag, adapter, version, by);
        return outcome;
    }

    /** Throws {@link Refused} where an adapter that is held has a tag of the name that an alias is to have. */
    static void requireNone(Handle transaction, long adapterId, AdapterName adapter, String alias) {
        boolean tag = transaction
                .select("SELECT 1 FROM tags WHERE adapter_id = ? AND tag = ?", adapterId, alias)
                .mapTo(int.class)
                .findOne()
                .isPresent();
        if (tag) {
            throw Refused.conflict("name_taken", "'" + alias + "' is a tag of " + adapter + ", and tags never move");
        }
    }

    /** Takes a tag away; throws {@link Refused} where it is not there. */
    public void remove(AdapterName adapter, String tag, TeamName by) {
        jdbi.useTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            if (transaction.execute("DELETE FROM tags WHERE adapter_id = ? AND tag = ?", id, tag) == 0) {
                throw Refused.absent("tag_not_found", "tag", "There is no tag '" + tag + "' of " + adapter);
            }
        });
        LOG.infof("Tag taken away tag=%s adapter=%s team=%s", tag, adapter, by);
    }

    private static Tag tag(ResultSet row) throws SQLException {
        return new Tag(
                row.getString("tag"),
                row.getInt("version"),
                row.getString("message"),
                row.getString("made_by"),
                row.getObject("made_at", OffsetDateTime.class).toInstant());
    }
}
