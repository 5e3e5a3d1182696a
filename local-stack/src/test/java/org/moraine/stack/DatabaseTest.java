package org.moraine.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {

    @TempDir
    Path folder;

    @Test
    void everyRoleHasItsSchemaAndSeesNoOther() throws SQLException {
        try (Database database = Database.start(folder, 0)) {
            run(database, "moraine_jobs", "CREATE TABLE jobs (id text)");
            run(database, "moraine_registry", "CREATE TABLE versions (id text)");

            assertThat(ask(database, "moraine_jobs", "SELECT count(*) FROM jobs.jobs"))
                    .isEqualTo("0");
            assertThatThrownBy(() -> ask(database, "moraine_jobs", "SELECT count(*) FROM registry.versions"))
                    .hasMessageContaining("permission denied for schema registry");
        }
    }

    @Test
    void itWritesThroughToTheDiskAndAsksForAPassword() throws SQLException {
        try (Database database = Database.start(folder, 0)) {
            assertThat(ask(database, "moraine_jobs", "SHOW fsync")).isEqualTo("on");
            assertThat(ask(database, "moraine_jobs", "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(ask(database, "moraine_jobs", "SHOW full_page_writes")).isEqualTo("on");
            assertThatThrownBy(() -> DriverManager.getConnection(database.jdbcUrl(), "moraine_jobs", "guessed"))
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void dataAndPasswordsOutliveIt() throws Exception {
        String password;
        try (Database database = Database.start(folder, 0)) {
            password = database.password("moraine_jobs");
            run(database, "moraine_jobs", "CREATE TABLE jobs (id text)");
            run(database, "moraine_jobs", "INSERT INTO jobs VALUES ('kept')");
        }

        try (Database database = Database.start(folder, 0)) {
            assertThat(database.password("moraine_jobs")).isEqualTo(password);
            assertThat(ask(database, "moraine_jobs", "SELECT id FROM jobs")).isEqualTo("kept");
        }

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("secrets/moraine_jobs"))))
                .isEqualTo("rw-------");
    }

    @Test
    void whatAKilledServerLeftIsNoHindrance() throws Exception {
        Database killed = Database.start(folder, 0);
        run(killed, "moraine_jobs", "CREATE TABLE jobs (id text)");
        ProcessHandle.of(killed.process().pid()).orElseThrow().destroyForcibly();
        killed.close();

        try (Database database = Database.start(folder, killed.port())) {
            assertThat(ask(database, "moraine_jobs", "SELECT count(*) FROM jobs"))
                    .isEqualTo("0");
        }
    }

    @Test
    void aTakenPortIsNamedWithThePartAndTheWayToChooseAnother() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> Database.start(folder, taken.getLocalPort()))
                    .isInstanceOf(StackException.class)
                    .hasMessageContainingAll(
                            "PostgreSQL", Integer.toString(taken.getLocalPort()), "--postgres-port PORT");
        }
    }

    @Test
    void twoCannotShareAFolder() {
        try (Database first = Database.start(folder, 0)) {
            assertThatThrownBy(() -> Database.start(folder, 0))
                    .isInstanceOf(StackException.class)
                    .hasMessageContaining("already running on the data folder " + folder);
            assertThat(first.process().alive()).isTrue();
        }
    }

    private static void run(Database database, String role, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), role, database.password(role));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ask(Database database, String role, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), role, database.password(role));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
