package org.moraine.registry.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.List;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** Every team's webhooks, and what they are still to be told. */
@ApplicationScoped
public class Webhooks {

    private static final Logger LOG = Logger.getLogger(Webhooks.class);
    private static final int MOST_OF_A_TEAM = 20;

    private final SecureRandom random = new SecureRandom();
    private final Jdbi jdbi;
    private final ObjectMapper json;

    Webhooks(Jdbi jdbi, ObjectMapper json) {
        this.jdbi = jdbi;
        this.json = json;
    }

    /** A webhook that was made now, with the secret that its receiver checks signatures with. */
    record Made(String id, URI url, String secret) {}

    /** What a receiver reads. */
    private record Event(String type, Instant timestamp, Object data) {}

    Made add(TeamName team, URI url) {
        Made made = new Made("wh_" + letters(), url, WebhookSignature.newSecret(random));
        jdbi.useTransaction(transaction -> {
            transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 1))", team.value());
            int there = transaction
                    .select("SELECT count(*) FROM webhooks WHERE team = ?", team.value())
                    .mapTo(int.class)
                    .one();
            if (there >= MOST_OF_A_TEAM) {
                throw Refused.limit("too_many_webhooks", "A team has at most " + MOST_OF_A_TEAM + " webhooks");
            }
            transaction.execute(
                    "INSERT INTO webhooks (id, team, url, secret) VALUES (?, ?, ?, ?)",
                    made.id,
                    team.value(),
                    url.toString(),
                    made.secret);
        });
        LOG.infof("Webhook made webhook=%s team=%s", made.id, team);
        return made;
    }

    List<Webhook> of(TeamName team) {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT id, url, made_at, disabled_at,
                               (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook = w.id) AS waiting
                        FROM webhooks w WHERE team = ? ORDER BY made_at, id""", team.value())
                .map((row, context) -> {
                    OffsetDateTime disabled = row.getObject("disabled_at", OffsetDateTime.class);
                    return new Webhook(
                            row.getString("id"),
                            URI.create(row.getString("url")),
                            row.getObject("made_at", OffsetDateTime.class).toInstant(),
                            disabled == null ? null : disabled.toInstant(),
                            row.getInt("waiting"));
                })
                .list());
    }

    /** Takes a webhook away, with what it was still to be told. */
    void remove(TeamName team, String id) {
        require(id, change("DELETE FROM webhooks WHERE team = ? AND id = ?", team, id));
    }

    /** Sends again to a webhook that was disabled, beginning with what it missed. */
    void enable(TeamName team, String id) {
        require(id, change("UPDATE webhooks SET disabled_at = NULL WHERE team = ? AND id = ?", team, id));
        jdbi.useHandle(handle ->
                handle.execute("UPDATE webhook_deliveries SET due_at = now(), tries = 0 WHERE webhook = ?", id));
    }

    private int change(String sql, TeamName team, String id) {
        return jdbi.withHandle(handle -> handle.execute(sql, team.value(), id));
    }

    private static void require(String id, int changed) {
        if (changed == 0) {
            throw Refused.absent("webhook_not_found", "webhook", "There is no webhook '" + id + "'");
        }
    }

    /** Writes down that a team is to be told, in the transaction of what happened. */
    public void tell(Handle transaction, TeamName team, String type, Object data) {
        try {
            transaction.execute(
                    "INSERT INTO webhook_deliveries (webhook, event, body) SELECT id, ?, ? FROM webhooks WHERE team = ?",
                    "evt_" + letters(),
                    json.writeValueAsString(new Event(type, Instant.now(), data)),
                    team.value());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("It cannot be written as JSON: " + data, e);
        }
    }

    private String letters() {
        byte[] bytes = new byte[12];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
