package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.stack.LocalStack;
import org.moraine.stack.Part;
import org.moraine.stack.StackSettings;

/** The one stack that all tests through the services share, and what they ask of it. It stops with the test's JVM. */
final class Stack {

    private static final Duration JOB = Duration.ofMinutes(3);
    private static final List<String> TERMINAL = List.of("succeeded", "failed", "cancelled");

    private static Stack shared;

    private final LocalStack stack;

    /** Of the stack that all share. */
    private final @Nullable Relays relays;

    private Stack(LocalStack stack, @Nullable Relays relays) {
        this.stack = stack;
        this.relays = relays;
    }

    static synchronized Stack shared() {
        if (shared == null) {
            // A short lease, so that a killed worker's job comes round again while a test waits, and many checkpoints.
            Relays relays = Relays.onFreePorts();
            Map<String, String> environment = new HashMap<>(relays.environment());
            environment.putAll(Map.of("MORAINE_LEASE", "PT6S", "MORAINE_CHECKPOINT_EVERY", "PT1S"));
            StackSettings settings = new StackSettings(newFolder("shared"), relays.ports(), environment);
            shared = new Stack(LocalStack.start(settings, new LocalStack.Listener() {}), relays);
        }
        return shared;
    }

    /** What is asked of a stack that a test has for itself, and closes. */
    static Stack of(LocalStack own) {
        return new Stack(own, null);
    }

    /** A data folder of that name for this run alone; its logs stay until the next run. */
    static Path newFolder(String name) {
        Path folder = Path.of("target/stacks", name).toAbsolutePath();
        try {
            if (Files.exists(folder)) {
                try (Stream<Path> old = Files.walk(folder)) {
                    for (Path path : old.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
                }
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    LocalStack local() {
        return stack;
    }

    /** What stands between the services and what they keep everything in. */
    Relays relays() {
        return Objects.requireNonNull(relays, "the shared stack's");
    }

    /** The client of the stack's own team. */
    Wire jobs() {
        return new Wire(stack.jobsUrl(), stack.apiKey());
    }

    Wire registry() {
        return new Wire(stack.registryUrl(), stack.apiKey());
    }

    /** The key of whoever decides between the stack's teams. */
    String adminKey() {
        return read(stack.settings().data().resolve("secrets/admin-key"));
    }

    /** The credential of the stack's worker. */
    String workerKey() {
        return read(stack.settings().data().resolve("secrets/worker-key"));
    }

    /** A key of another team, which is made when it is not there. */
    String keyOf(String team) {
        String key = "key-of-" + team;
        update("access", "INSERT INTO teams (name) VALUES (?) ON CONFLICT DO NOTHING", team);
        update(
                "access",
                "INSERT INTO api_keys (digest, kind, team, label) VALUES (?, 'team', ?, 'a test''s')"
                        + " ON CONFLICT DO NOTHING",
                sha256(key),
                team);
        return key;
    }

    /** Uploads a training file of the stack's team. */
    String upload(String text) {
        Wire.Answer answer = jobs().upload("training.jsonl", text);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("id").asText();
    }

    /** Submits a job of the stack's team on Pebble. */
    String submit(String file, String suffix, Map<String, Object> hyperparameters) {
        return submit("pebble", file, suffix, hyperparameters);
    }

    /** Submits a job of the stack's team on a base model of that name. */
    String submit(String model, String file, String suffix, Map<String, Object> hyperparameters) {
        Wire.Answer answer = jobs().post(
                        "/v1/fine_tuning/jobs",
                        Map.of(
                                "model",
                                model,
                                "training_file",
                                file,
                                "suffix",
                                suffix,
                                "seed",
                                1,
                                "method",
                                Map.of(
                                        "type",
                                        "supervised",
                                        "supervised",
                                        Map.of("hyperparameters", hyperparameters))));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("id").asText();
    }

    /** Waits until a job has ended and gives back the job object. */
    JsonNode ended(String job) {
        return Awaitility.await()
                .atMost(JOB)
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () -> job(job),
                        object -> TERMINAL.contains(object.path("status").asText()));
    }

    /** Downloads every file of a version over the Hub's routes into a folder. */
    Manifest pull(String adapter, String version, Path folder) throws IOException {
        List<Manifest.File> files = new ArrayList<>();
        for (JsonNode entry : registry()
                .get("/api/models/" + adapter + "/tree/" + version + "?recursive=true")
                .json()) {
            if (!entry.path("type").asText().equals("file")) continue;
            String path = entry.path("path").asText();
            Wire.Answer answer = registry().get("/" + adapter + "/resolve/" + version + "/" + path);
            assertThat(answer.status()).isEqualTo(200);
            files.add(new Manifest.File(path, answer.bytes().length, Digest.of(answer.bytes())));
            Files.createDirectories(folder.resolve(path).getParent());
            Files.write(folder.resolve(path), answer.bytes());
        }
        return new Manifest(files);
    }

    JsonNode job(String job) {
        return jobs().get("/v1/fine_tuning/jobs/" + job).json();
    }

    /** Tells a job something, such as {@code pause}, and gives back the job object. */
    JsonNode tell(String job, String command) {
        Wire.Answer answer = jobs().post("/v1/fine_tuning/jobs/" + job + "/" + command, Map.of());
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    /** Waits until a job has a status and gives back the job object. */
    JsonNode awaitStatus(String job, String status) {
        return Awaitility.await()
                .atMost(JOB)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> job(job), object -> object.path("status").asText().equals(status));
    }

    /** The step of the newest checkpoint of a job, 0 where it has none. */
    int newestCheckpoint(String job) {
        return jobs().get("/v1/fine_tuning/jobs/" + job + "/checkpoints?limit=1")
                .json()
                .at("/data/0/step_number")
                .asInt();
    }

    /** The messages of a job, newest first. */
    List<String> messages(String job) {
        return jobs().get("/v1/fine_tuning/jobs/" + job + "/events?limit=1000")
                .json()
                .path("data")
                .findValuesAsText("message");
    }

    /** The steps that a job's readers are told of, newest first. */
    List<Integer> steps(String job) {
        List<Integer> steps = new ArrayList<>();
        for (JsonNode event : jobs().get("/v1/fine_tuning/jobs/" + job + "/events?limit=1000")
                .json()
                .path("data")) {
            if (event.path("type").asText().equals("metrics"))
                steps.add(event.path("data").path("step").asInt());
        }
        return steps;
    }

    /** Waits until a job's training has reached a step. */
    void awaitStep(String job, int step) {
        Awaitility.await().atMost(JOB).pollInterval(Duration.ofMillis(100)).until(() -> newestStep(job) >= step);
    }

    private int newestStep(String job) {
        for (JsonNode event :
                jobs().get("/v1/fine_tuning/jobs/" + job + "/events").json().path("data")) {
            if (event.path("type").asText().equals("metrics"))
                return event.path("data").path("step").asInt();
        }
        return 0;
    }

    /** The attempt that a job is at, as job-api's own table has it. */
    int attempt(String job) {
        try (Connection connection = connect("jobs");
                PreparedStatement select = connection.prepareStatement("SELECT attempt FROM jobs WHERE id = ?")) {
            select.setString(1, job);
            try (ResultSet rows = select.executeQuery()) {
                assertThat(rows.next()).isTrue();
                return rows.getInt(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void update(String schema, String sql, Object... values) {
        try (Connection connection = connect(schema);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) statement.setObject(i + 1, values[i]);
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private Connection connect(String schema) throws SQLException {
        String role = "moraine_" + schema;
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + stack.port(Part.POSTGRESQL) + "/moraine",
                role,
                read(stack.settings().data().resolve("postgresql/secrets").resolve(role)));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
