package org.moraine.access;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.TeamName;

/** Teams and the keys that open them. A key is stored as its SHA-256, never as itself. */
@ApplicationScoped
class ApiKeys {

    private static final String CONFIGURED = "configured";
    private static final String WORKER = "worker";
    private static final String ADMIN = "admin";

    private final Jdbi jdbi;

    @Inject
    ApiKeys(@Named("access") DataSource database) {
        this.jdbi = Jdbi.create(database);
    }

    /** Makes the team and its key where they are absent; throws where the key opens something else already. */
    void ensureTeam(TeamName team, ApiKey key) {
        jdbi.useTransaction(handle -> {
            handle.execute("INSERT INTO teams (name) VALUES (?) ON CONFLICT DO NOTHING", team.value());
            add(handle, key, "team", team.value());
        });
        requireOpens(key, new Caller.OfTeam(team));
    }

    /** Makes this the workers' key; the one that was configured before opens nothing any more. */
    void ensureWorkers(ApiKey key) {
        ensureOne(key, WORKER);
        requireOpens(key, new Caller.Worker());
    }

    /** Makes this the admin key; the one that was configured before opens nothing any more. */
    void ensureAdmin(ApiKey key) {
        ensureOne(key, ADMIN);
        requireOpens(key, new Caller.Admin());
    }

    private void ensureOne(ApiKey key, String kind) {
        jdbi.useTransaction(handle -> {
            handle.execute(
                    "DELETE FROM api_keys WHERE kind = ? AND label = ? AND digest <> ?", kind, CONFIGURED, bytes(key));
            add(handle, key, kind, null);
        });
    }

    /** Whom a key stands for; empty where nobody holds it. The time it takes says nothing about keys that exist. */
    Optional<Caller> caller(ApiKey key) {
        byte[] digest = bytes(key);
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT digest, kind, team FROM api_keys WHERE digest = ?", digest)
                .map((row, context) -> new Found(row.getBytes("digest"), row.getString("kind"), row.getString("team")))
                .findOne()
                .filter(found -> MessageDigest.isEqual(found.digest, digest))
                .map(Found::caller));
    }

    private static void add(Handle handle, ApiKey key, String kind, @Nullable String team) {
        handle.execute("""
                INSERT INTO api_keys (digest, kind, team, label) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING""", bytes(key), kind, team, CONFIGURED);
    }

    private void requireOpens(ApiKey key, Caller expected) {
        Optional<Caller> found = caller(key);
        if (!found.equals(Optional.of(expected))) {
            throw new IllegalStateException(
                    "The configured key of " + expected + " is in use already, by " + found.orElseThrow());
        }
    }

    private static byte[] bytes(ApiKey key) {
        return HexFormat.of().parseHex(key.digest().hex());
    }

    private record Found(
            byte[] digest, String kind, @Nullable String team) {
        Caller caller() {
            if (team != null) {
                return new Caller.OfTeam(new TeamName(team));
            }
            return kind.equals(ADMIN) ? new Caller.Admin() : new Caller.Worker();
        }
    }
}
