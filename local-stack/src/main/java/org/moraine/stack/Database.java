package org.moraine.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A real PostgreSQL server in a process of its own, writing through to the disk, with the database {@code moraine} and a
 * role for each of its schemas. Its data outlives it: a later start on the same folder goes on with them, whether the
 * server was closed or killed.
 */
public final class Database implements Running {

    /** The role of each schema; both are made when they are not there. */
    private static final Map<String, String> SCHEMAS =
            Map.of("moraine_access", "access", "moraine_jobs", "jobs", "moraine_registry", "registry");

    private static final String SUPERUSER = "postgres";
    private static final String NAME = "moraine";
    private static final Duration START = Duration.ofSeconds(60);

    private final FolderLock lock;
    private final Secrets secrets;
    private final int port;
    private final Child server;

    private Database(FolderLock lock, Secrets secrets, int port, Child server) {
        this.lock = lock;
        this.secrets = secrets;
        this.port = port;
        this.server = server;
    }

    /**
     * Starts the server, making its files first when the folder is new.
     *
     * @param port to listen on, at 127.0.0.1; 0 for a free one
     * @throws StackException when the folder is in use, the port is taken or the server does not come up; nothing runs then
     */
    public static Database start(Path dataFolder, int port) {
        return start(dataFolder, port, dataFolder.resolve("postgresql.log"));
    }

    static Database start(Path dataFolder, int port, Path log) {
        return FolderLock.start(Part.POSTGRESQL, dataFolder, log, (lock, folder) -> {
            int free = LoopbackPort.claim(Part.POSTGRESQL, port);
            PostgresPrograms programs = PostgresPrograms.unpacked();
            Secrets secrets = new Secrets(folder);
            Path data = programs.ownedByServer(folder).resolve("data");
            if (!Files.exists(data.resolve("PG_VERSION"))) initialise(programs, data, secrets);
            clearAfterKill(data.resolve("postmaster.pid"));
            Child server = Child.start(
                    Part.POSTGRESQL, Child.Ending.INT_THEN_QUIT, command(programs, data, free), Map.of(), log);
            Database database = new Database(lock, secrets, free, server);
            server.awaitReady(START, () -> LoopbackPort.answers(free) && database.takesQueries());
            database.makeRoles();
            return database;
        });
    }

    public int port() {
        return port;
    }

    public String jdbcUrl() {
        return jdbcUrl(NAME);
    }

    /** The password of {@code moraine_access}, {@code moraine_jobs} or {@code moraine_registry}. */
    public String password(String role) {
        return secrets.get(role);
    }

    @Override
    public Child process() {
        return server;
    }

    @Override
    public void close() {
        server.close();
        lock.close();
    }

    private static void initialise(PostgresPrograms programs, Path data, Secrets secrets) throws IOException {
        // Made beside its place and moved there when whole, so that a killed start leaves no half a cluster.
        Path half = data.resolveSibling("data.half");
        Trees.delete(half);
        Path password = Files.createTempFile("moraine", ".password");
        try {
            Files.writeString(password, secrets.get(SUPERUSER));
            programs.giveToServer(password);
            programs.run(List.of(
                    "initdb",
                    "--pgdata=" + half,
                    "--username=" + SUPERUSER,
                    "--pwfile=" + password,
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--no-locale",
                    "--no-instructions"));
        } finally {
            Files.delete(password);
        }
        Files.move(half, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /** PostgreSQL itself stops at this file when its number now belongs to any other process. */
    private static void clearAfterKill(Path pidFile) throws IOException {
        if (!Files.exists(pidFile)) return;
        List<String> lines = Files.readAllLines(pidFile);
        if (!lines.isEmpty()) {
            ProcessHandle.of(Long.parseLong(lines.get(0).strip()))
                    .filter(holder -> holder.info().command().orElse("").endsWith("/postgres"))
                    .ifPresent(Child::end);
        }
        Files.deleteIfExists(pidFile);
    }

    private static List<String> command(PostgresPrograms programs, Path data, int port) {
        List<String> command = new ArrayList<>(programs.command("postgres"));
        command.addAll(List.of("-D", data.toString()));
        Map.of(
                        "listen_addresses", "127.0.0.1",
                        "port", Integer.toString(port),
                        "unix_socket_directories", "",
                        "fsync", "on",
                        "synchronous_commit", "on",
                        "shared_buffers", "32MB",
                        "max_connections", "60")
                .forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        return command;
    }

    private boolean takesQueries() {
        try (Connection connection = superuser("postgres")) {
            return connection.isValid(1);
        } catch (SQLException e) {
            return false;
        }
    }

    private void makeRoles() {
        try {
            try (Connection connection = superuser("postgres");
                    Statement statement = connection.createStatement()) {
                if (!exists(statement, "pg_database WHERE datname = '" + NAME + "'")) {
                    statement.execute("CREATE DATABASE " + NAME);
                }
            }
            try (Connection connection = superuser(NAME);
                    Statement statement = connection.createStatement()) {
                for (Map.Entry<String, String> entry : SCHEMAS.entrySet()) {
                    String role = entry.getKey();
                    String schema = entry.getValue();
                    if (!exists(statement, "pg_roles WHERE rolname = '" + role + "'")) {
                        statement.execute("CREATE ROLE " + role + " LOGIN");
                    }
                    statement.execute("ALTER ROLE " + role + " PASSWORD '" + password(role) + "'");
                    statement.execute("ALTER ROLE " + role + " SET search_path = " + schema);
                    statement.execute("CREATE SCHEMA IF NOT EXISTS " + schema + " AUTHORIZATION " + role);
                }
            }
        } catch (SQLException e) {
            server.close();
            throw new StackException("PostgreSQL runs, but its roles could not be made: " + e.getMessage(), e);
        }
    }

    private static boolean exists(Statement statement, String what) throws SQLException {
        try (ResultSet rows = statement.executeQuery("SELECT 1 FROM " + what)) {
            return rows.next();
        }
    }

    private Connection superuser(String database) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database), SUPERUSER, secrets.get(SUPERUSER));
    }

    private String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }
}
