package org.moraine.registry.alias;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.version.Versions;

/** The rules of aliases. A team makes and tightens them; one that asks for an approval is taken away by the admin alone. */
@ApplicationScoped
class AliasRules {

    private static final Logger LOG = Logger.getLogger(AliasRules.class);

    private final Jdbi jdbi;
    private final Versions versions;

    AliasRules(Jdbi jdbi, Versions versions) {
        this.jdbi = jdbi;
        this.versions = versions;
    }

    /** An alias's rule, {@link AliasRule#NONE} where it has none; the alias itself need not be there yet. */
    AliasRule of(AdapterName adapter, String alias) {
        versions.requireAdapter(adapter);
        return jdbi.withHandle(handle -> rule(handle.select("""
                SELECT r.approval, r.metrics FROM alias_rules r JOIN adapters a ON a.id = r.adapter_id
                WHERE a.team = ? AND a.adapter = ? AND r.alias = ?""", adapter.team().value(), adapter.adapter(), alias)));
    }

    AliasRule of(Handle transaction, long adapterId, String alias) {
        return rule(transaction.select(
                "SELECT approval, metrics FROM alias_rules WHERE adapter_id = ? AND alias = ?", adapterId, alias));
    }

    private static AliasRule rule(Query found) {
        return found.map((row, context) -> new AliasRule(row.getBoolean("approval"), List.of((String[])
                        row.getArray("metrics").getArray())))
                .findOne()
                .orElse(AliasRule.NONE);
    }

    /** Throws {@link Refused} where a team would loosen a rule that asks for an approval, or a tag has the name. */
    void set(AdapterName adapter, String alias, AliasRule rule, boolean admin) {
        VersionName.check("alias", alias);
        jdbi.useTransaction(transaction -> {
            long id = versions.lock(transaction, adapter);
            AliasRule before = of(transaction, id, alias);
            boolean tighter = rule.approval() && rule.metrics().containsAll(before.metrics());
            if (before.approval() && !tighter && !admin) {
                throw Refused.forbidden("The rule of '" + alias + "' asks for approvals; only the admin loosens it");
            }
            transaction.execute("DELETE FROM alias_rules WHERE adapter_id = ? AND alias = ?", id, alias);
            if (!rule.equals(AliasRule.NONE)) {
                Tags.requireNone(transaction, id, adapter, alias);
                transaction
                        .createUpdate("""
                                INSERT INTO alias_rules (adapter_id, alias, approval, metrics)
                                VALUES (:id, :alias, :approval, :metrics)""")
                        .bind("id", id)
                        .bind("alias", alias)
                        .bind("approval", rule.approval())
                        .bindArray("metrics", String.class, rule.metrics())
                        .execute();
            }
        });
        LOG.infof("Alias rule set alias=%s adapter=%s rule=%s admin=%s", alias, adapter, rule, admin);
    }
}
