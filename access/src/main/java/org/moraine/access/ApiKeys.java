package org.moraine.access;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** Teams and the keys that open them. A key is stored as its SHA-256, never as itself. */
@ApplicationScoped
public class ApiKeys {

    private static final String CONFIGURED = "configured";
    private static final String MADE = "made";
    private static final String TEAM = "team";
    private static final String WORKER = "worker";
    private static final String ADMIN = "admin";
    private static final String HOLDER = "[A-Za-z0-9][A-Za-z0-9._@-]{0,63}";
    private static final int SECRET_BYTES = 32;

    private static final String SELECT = """
            SELECT 'key-' || substr(encode(digest, 'hex'), 1, 24) AS key, kind, team, holder, created_at FROM api_keys
            """;

    private final SecureRandom random = new SecureRandom();
    /** For so long a key that is taken away may go on to open what it did. */
    private static final Duration REMEMBERED = Duration.ofSeconds(2);

    private static final int MOST = 1000;

    private final Jdbi jdbi;
    private final Clock clock;

    /** Whom keys stood for that were looked up lately, by their digests. */
    private final Map<Digest, Looked> lately = new ConcurrentHashMap<>();

    @Inject
    ApiKeys(@Named("access") DataSource database) {
        this(database, Clock.systemUTC());
    }

    ApiKeys(DataSource database, Clock clock) {
        this.jdbi = Jdbi.create(database);
        this.clock = clock;
    }

    /**
     * A key, without its secret.
     *
     * @param key names it
     * @param opens {@code team}, {@code admin} or {@code worker}
     * @param holder the person or program that it was made for; null for the keys of the configuration
     */
    public record Known(
            String key,
            String opens,
            @Nullable TeamName team,
            @Nullable String holder,
            Instant madeAt) {}

    /** A key that was just made, with its secret, which nobody is told again. */
    public record Made(Known known, String secret) {}

    /** Makes the team and its key where they are absent; throws where the key opens something else already. */
    void ensureTeam(TeamName team, ApiKey key) {
        jdbi.useTransaction(handle -> {
            ensureTeam(handle, team);
            add(handle, key, TEAM, team, CONFIGURED, null);
        });
        requireOpens(key, new Caller.OfTeam(team, null));
    }

    private static void ensureTeam(Handle handle, TeamName team) {
        handle.execute("INSERT INTO teams (name) VALUES (?) ON CONFLICT DO NOTHING", team.value());
    }

    /** Makes this the workers' key; the one that was configured before opens nothing any more. */
    void ensureWorkers(ApiKey key) {
        ensureOne(key, WORKER);
        requireOpens(key, new Caller.Worker());
    }

    /** Makes this the admin key; the one that was configured before opens nothing any more. */
    void ensureAdmin(ApiKey key) {
        ensureOne(key, ADMIN);
        requireOpens(key, new Caller.Admin(null));
    }

    private void ensureOne(ApiKey key, String kind) {
        jdbi.useTransaction(handle -> {
            handle.execute(
                    "DELETE FROM api_keys WHERE kind = ? AND label = ? AND digest <> ?", kind, CONFIGURED, bytes(key));
            add(handle, key, kind, null, CONFIGURED, null);
        });
        lately.clear();
    }

    /**
     * Makes a key for a person or program.
     *
     * @param team which it opens, and which is made where it is absent; null for an admin's key
     * @throws Refused where the holder's name is none
     */
    public Made make(@Nullable TeamName team, String holder) {
        if (!holder.matches(HOLDER)) {
            throw Refused.invalid(
                    "holder", "A holder's name has letters, digits, '.', '_', '@' or '-', at most 64, not: " + holder);
        }
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        ApiKey key = new ApiKey("hf_" + HexFormat.of().formatHex(secret)); // the Hub's JavaScript client wants it so
        return jdbi.inTransaction(handle -> {
            if (team != null) {
                ensureTeam(handle, team);
            }
            add(handle, key, team == null ? ADMIN : TEAM, team, MADE, holder);
            Known known = handle.select(SELECT + "WHERE digest = ?", bytes(key))
                    .map((row, context) -> known(row))
                    .one();
            return new Made(known, key.secret());
        });
    }

    /** All keys, oldest first. */
    public List<Known> all() {
        return jdbi.withHandle(handle -> handle.select(SELECT + "ORDER BY created_at, digest")
                .map((row, context) -> known(row))
                .list());
    }

    /** Takes a key away that was made by {@link #make}, here at once; throws {@link Refused} where there is no such. */
    public void remove(String key) {
        int removed = jdbi.withHandle(handle -> handle.execute(
                "DELETE FROM api_keys WHERE label = ? AND 'key-' || substr(encode(digest, 'hex'), 1, 24) = ?",
                MADE,
                key));
        lately.clear();
        if (removed == 0) {
            throw Refused.absent("key_not_found", "key", "There is no key '" + key + "' that was made here");
        }
    }

    /**
     * Whom a key stands for; empty where nobody holds it. What was found a moment ago ({@link #REMEMBERED}) is not asked
     * for again. The time it takes says nothing about keys that exist.
     */
    Optional<Caller> caller(ApiKey key) {
        Digest digest = key.digest();
        Looked before = lately.get(digest);
        Instant now = clock.instant();
        if (before != null && !now.isBefore(before.at) && now.isBefore(before.at.plus(REMEMBERED))) {
            return Optional.of(before.caller);
        }
        Optional<Caller> found = find(bytes(key));
        if (found.isPresent()) {
            if (lately.size() >= MOST) {
                lately.clear();
            }
            lately.put(digest, new Looked(found.get(), now));
        } else {
            lately.remove(digest);
        }
        return found;
    }

    private record Looked(Caller caller, Instant at) {}

    private Optional<Caller> find(byte[] digest) {
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT digest, kind, team, holder FROM api_keys WHERE digest = ?", digest)
                .map((row, context) -> new Found(
                        row.getBytes("digest"), row.getString("kind"), row.getString("team"), row.getString("holder")))
                .findOne()
                .filter(found -> MessageDigest.isEqual(found.digest, digest))
                .map(Found::caller));
    }

    private static void add(
            Handle handle, ApiKey key, String kind, @Nullable TeamName team, String label, @Nullable String holder) {
        handle.execute("""
                INSERT INTO api_keys (digest, kind, team, label, holder) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING""", bytes(key), kind, team == null ? null : team.value(), label, holder);
    }

    private void requireOpens(ApiKey key, Caller expected) {
        Optional<Caller> found = find(bytes(key));
        if (!found.equals(Optional.of(expected))) {
            throw new IllegalStateException(
                    "The configured key of " + expected + " is in use already, by " + found.orElseThrow());
        }
    }

    private static byte[] bytes(ApiKey key) {
        return HexFormat.of().parseHex(key.digest().hex());
    }

    private static Known known(ResultSet row) throws SQLException {
        String team = row.getString("team");
        return new Known(
                row.getString("key"),
                row.getString("kind"),
                team == null ? null : new TeamName(team),
                row.getString("holder"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    private record Found(
            byte[] digest,
            String kind,
            @Nullable String team,
            @Nullable String holder) {
        Caller caller() {
            if (team != null) {
                return new Caller.OfTeam(new TeamName(team), holder);
            }
            return kind.equals(ADMIN) ? new Caller.Admin(holder) : new Caller.Worker();
        }
    }
}
