package org.moraine.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.stack.Database;
import org.postgresql.ds.PGSimpleDataSource;

class ApiKeysTest {

    private static final ApiKey KEY = new ApiKey("a-key-nobody-guesses");
    private static final ApiKey OTHER = new ApiKey("another-key-of-somebody");
    private static final TeamName ACME = new TeamName("acme");

    @TempDir
    static Path folder;

    private static Database database;
    private static PGSimpleDataSource source;

    private ApiKeys keys;

    @BeforeAll
    static void start() {
        database = Database.start(folder, 0);
        source = new PGSimpleDataSource();
        source.setUrl(database.jdbcUrl());
        source.setUser("moraine_access");
        source.setPassword(database.password("moraine_access"));
        source.setCurrentSchema("access");
        Flyway.configure()
                .dataSource(source)
                .locations("db/access")
                .defaultSchema("access")
                .load()
                .migrate();
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @BeforeEach
    void begin() {
        Jdbi.create(source).useHandle(handle -> handle.execute("TRUNCATE teams, api_keys"));
        keys = new ApiKeys(source);
    }

    @Test
    void aTeamsKeyOpensTheTeamAlone() {
        keys.ensureTeam(ACME, KEY);

        assertThat(keys.caller(KEY)).contains(new Caller.OfTeam(ACME, null));
        assertThat(keys.caller(OTHER)).isEmpty();
        assertThat(keys.caller(new ApiKey(""))).isEmpty();
    }

    @Test
    void aTeamHasAsManyKeysAsItWants() {
        keys.ensureTeam(ACME, KEY);
        keys.ensureTeam(ACME, OTHER);
        keys.ensureTeam(ACME, OTHER);

        assertThat(keys.caller(KEY)).isEqualTo(keys.caller(OTHER));
    }

    @Test
    void aKeyOpensOneTeamOnly() {
        keys.ensureTeam(ACME, KEY);

        assertThatThrownBy(() -> keys.ensureTeam(new TeamName("globex"), KEY))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("in use already")
                .hasMessageNotContaining(KEY.secret());
        assertThatThrownBy(() -> keys.ensureWorkers(KEY)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aNewWorkersKeyTakesTheOldOnesPlace() {
        keys.ensureWorkers(KEY);
        keys.ensureWorkers(OTHER);

        assertThat(keys.caller(KEY)).isEmpty();
        assertThat(keys.caller(OTHER)).contains(new Caller.Worker());
    }

    @Test
    void theAdminKeyOpensNoTeamAndANewOneTakesItsPlace() {
        keys.ensureAdmin(KEY);
        keys.ensureWorkers(OTHER);

        assertThat(keys.caller(KEY)).contains(new Caller.Admin(null));
        assertThatThrownBy(() -> new Caller.Admin(null).team()).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> keys.ensureAdmin(OTHER)).isInstanceOf(IllegalStateException.class);
        ApiKey changed = new ApiKey("the-admin's-new-key");
        keys.ensureAdmin(changed);
        assertThat(keys.caller(KEY)).isEmpty();
        assertThat(keys.caller(changed)).contains(new Caller.Admin(null));
    }

    @Test
    void aMadeKeySaysWhomItWasMadeForUntilItIsTakenAway() {
        keys.ensureAdmin(OTHER);
        ApiKeys.Made alice = keys.make(ACME, "alice");
        ApiKeys.Made bob = keys.make(null, "bob@acme.example");

        assertThat(keys.caller(new ApiKey(alice.secret()))).contains(new Caller.OfTeam(ACME, "alice"));
        assertThat(keys.caller(new ApiKey(bob.secret()))).contains(new Caller.Admin("bob@acme.example"));
        assertThat(keys.all()).extracting(ApiKeys.Known::holder).containsExactly(null, "alice", "bob@acme.example");

        keys.ensureAdmin(KEY);
        keys.remove(alice.known().key());

        assertThat(keys.caller(new ApiKey(alice.secret()))).isEmpty();
        assertThat(keys.caller(new ApiKey(bob.secret())))
                .as("a changed admin key of the configuration takes that one's place alone")
                .isPresent();
        assertThatThrownBy(() -> keys.remove(alice.known().key())).isInstanceOf(Refused.class);
        String configured = keys.all().stream()
                .filter(key -> key.holder() == null)
                .findFirst()
                .orElseThrow()
                .key();
        assertThatThrownBy(() -> keys.remove(configured)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> keys.make(ACME, "a/b")).isInstanceOf(Refused.class);
    }

    @Test
    void aHolderIsReadAsItWasWritten() {
        KeyHolder alice = new KeyHolder("acme", "alice");

        assertThat(KeyHolder.of(alice.toString())).isEqualTo(alice);
        assertThat(KeyHolder.of("acme")).isEqualTo(new KeyHolder("acme", null));
        assertThat(alice.isKnownToBe(new KeyHolder("admin", "Alice"))).isTrue();
        assertThat(alice.isKnownToBe(new KeyHolder("acme", null))).isFalse();
        assertThat(new KeyHolder("acme", null).isKnownToBe(new KeyHolder("acme", null)))
                .isFalse();
    }

    @Test
    void aTeamExistsOnceItIsMade() {
        keys.ensureTeam(ACME, KEY);

        assertThat(new Teams(source).exists(ACME)).isTrue();
        assertThat(new Teams(source).exists(new TeamName("globex"))).isFalse();
    }

    @Test
    void theTablesHoldNoKey() {
        keys.ensureTeam(ACME, KEY);
        keys.ensureWorkers(OTHER);

        String rows = Jdbi.create(source)
                .withHandle(handle -> handle.select("SELECT string_agg(api_keys::text, ' ') FROM api_keys")
                        .mapTo(String.class)
                        .one());
        assertThat(rows)
                .doesNotContain(KEY.secret(), OTHER.secret())
                .contains(KEY.digest().hex());
    }

    @Test
    void aKeyIsNeverPrintedAndHasALeastLength() {
        assertThat(KEY.toString()).isEqualTo("***");
        assertThatThrownBy(() -> ApiKey.chosen("short", "MORAINE_WORKER_KEY"))
                .hasMessageContaining("MORAINE_WORKER_KEY")
                .hasMessageNotContaining("short");
    }

    @Test
    void aKeyThatAnotherServiceTookAwayOpensNothingTwoSecondsLater() {
        StoppedClock clock = new StoppedClock();
        keys = new ApiKeys(source, clock);
        keys.ensureTeam(ACME, KEY);
        Optional<Caller> before = keys.caller(KEY);
        Jdbi.create(source).useHandle(handle -> handle.execute("DELETE FROM api_keys"));

        Optional<Caller> atOnce = keys.caller(KEY);
        clock.now = clock.now.plusSeconds(2);
        Optional<Caller> later = keys.caller(KEY);

        assertThat(before).contains(new Caller.OfTeam(ACME, null));
        assertThat(atOnce).isEqualTo(before);
        assertThat(later).isEmpty();
    }

    /** A clock that says what it is told. */
    private static final class StoppedClock extends Clock {

        private Instant now = Instant.parse("2026-12-01T00:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
