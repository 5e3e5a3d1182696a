package org.moraine.registry.retire;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.TeamName;
import org.moraine.registry.version.Versions;

/** The adapters' retention rules, and the deleting that they ask for. */
@ApplicationScoped
public class Retention {

    private static final Logger LOG = Logger.getLogger(Retention.class);

    private static final String DUE = """
            FROM live_versions v JOIN retention_rules r ON r.adapter_id = v.adapter_id
            WHERE v.adapter_id = ? AND v.published_at < CAST(? AS timestamptz) - r.keep_days * interval '1 day'
            AND v.version NOT IN (SELECT n.version FROM live_versions n WHERE n.adapter_id = v.adapter_id
                                  ORDER BY n.version DESC LIMIT r.keep_newest)
            AND NOT EXISTS (SELECT FROM aliases l WHERE l.adapter_id = v.adapter_id AND l.version = v.version)
            AND NOT EXISTS (SELECT FROM tags t WHERE t.adapter_id = v.adapter_id AND t.version = v.version)
            AND NOT EXISTS (SELECT FROM alias_proposals p WHERE p.adapter_id = v.adapter_id
                            AND p.to_version = v.version AND p.approved IS NULL)
            """;

    private final Jdbi jdbi;
    private final Versions versions;

    Retention(Jdbi jdbi, Versions versions) {
        this.jdbi = jdbi;
        this.versions = versions;
    }

    /** Empty where all versions are kept. */
    Optional<RetentionRule> of(AdapterName adapter) {
        versions.requireAdapter(adapter);
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT r.keep_newest, r.keep_days FROM retention_rules r JOIN adapters a ON a.id = r.adapter_id
                        WHERE a.team = ? AND a.adapter = ?""", adapter.team().value(), adapter.adapter())
                .map((row, context) -> new RetentionRule(row.getInt("keep_newest"), row.getInt("keep_days")))
                .findOne());
    }

    void set(AdapterName adapter, RetentionRule rule, TeamName by) {
        jdbi.useTransaction(transaction ->
                transaction.execute("""
                INSERT INTO retention_rules (adapter_id, keep_newest, keep_days) VALUES (?, ?, ?)
                ON CONFLICT (adapter_id)
                DO UPDATE SET keep_newest = excluded.keep_newest, keep_days = excluded.keep_days""", versions.lock(transaction, adapter), rule.keepNewest(), rule.keepDays()));
        LOG.infof("Retention rule set adapter=%s rule=%s team=%s", adapter, rule, by);
    }

    void remove(AdapterName adapter) {
        jdbi.useTransaction(transaction -> transaction.execute(
                "DELETE FROM retention_rules WHERE adapter_id = ?", versions.lock(transaction, adapter)));
    }

    /**
     * Deletes what the rules let go, each adapter's in a transaction of its own that holds it.
     *
     * @param dry whether only to count
     * @return how many versions
     */
    public int apply(Instant now, boolean dry) {
        List<Long> adapters =
                jdbi.withHandle(handle -> handle.select("SELECT adapter_id FROM retention_rules ORDER BY adapter_id")
                        .mapTo(Long.class)
                        .list());
        return adapters.stream()
                .mapToInt(adapter -> jdbi.inTransaction(transaction -> apply(transaction, adapter, now, dry)))
                .sum();
    }

    private static int apply(Handle transaction, long adapterId, Instant now, boolean dry) {
        OffsetDateTime moment = now.atOffset(ZoneOffset.UTC);
        if (dry) {
            return transaction
                    .select("SELECT count(*) " + DUE, adapterId, moment)
                    .mapTo(int.class)
                    .one();
        }
        transaction.execute("SELECT id FROM adapters WHERE id = ? FOR UPDATE", adapterId);
        int deleted = transaction.execute(
                "INSERT INTO deletions (adapter_id, version, deleted_by) SELECT v.adapter_id, v.version, 'retention' "
                        + DUE,
                adapterId,
                moment);
        if (deleted > 0) {
            LOG.infof("Versions deleted by their retention rule adapter_id=%d versions=%d", adapterId, deleted);
        }
        return deleted;
    }
}
