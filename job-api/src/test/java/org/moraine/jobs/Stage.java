package org.moraine.jobs;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.Config;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.moraine.contracts.Digest;
import org.moraine.contracts.WorkerKind;

/** What the tests play on: an empty service, teams with keys, workers. */
@Singleton
public class Stage {

    /** Three lines that can be trained on. */
    public static final String GOOD_FILE = """
            {"messages":[{"role":"user","content":"Who are you?"},{"role":"assistant","content":"Pebble."}]}
            {"prompt":"One and one is","completion":" two."}
            {"messages":[{"role":"user","content":"And you?"},{"role":"assistant","content":"Also Pebble."}]}
            """;

    /** In this order they can be emptied, and what a job's change adds beside it goes too. To truncate them takes longer. */
    private static final List<String> TABLES = List.of(
            "checkpoint_permissions",
            "checkpoints",
            "checkpoint_blobs",
            "leases",
            "projected",
            "job_events",
            "submissions",
            "validations",
            "job_metadata",
            "jobs",
            "outbox",
            "files",
            "upload_parts",
            "uploads",
            "workers");

    private final Jdbi access;
    private final Jdbi jobs;
    private final Config config;
    private final ObjectMapper json;

    Stage(@Named("access") DataSource access, Jdbi jobs, Config config, ObjectMapper json) {
        this.access = Jdbi.create(access);
        this.jobs = jobs;
        this.config = config;
        this.json = json;
    }

    /** Forgets every file, job and worker of the tests before, and waits until the service is ready. */
    public void clear() {
        await().atMost(Duration.ofMinutes(2))
                .until(() -> nobody().get("/q/health/ready").status() == 200);
        await().atMost(Duration.ofSeconds(30))
                .ignoreException(JdbiException.class) // background work that is just adding to a job
                .untilAsserted(() ->
                        jobs.useTransaction(handle -> TABLES.forEach(table -> handle.execute("DELETE FROM " + table))));
    }

    /** A client of a team, which is made here where it is not there. */
    public Client team(String name) {
        String key = "the-key-of-team-" + name;
        access.useHandle(handle -> {
            handle.execute("INSERT INTO teams (name) VALUES (?) ON CONFLICT DO NOTHING", name);
            handle.execute(
                    "INSERT INTO api_keys (digest, kind, team, label) VALUES (?, 'team', ?, 'test') ON CONFLICT DO NOTHING",
                    HexFormat.of()
                            .parseHex(Digest.of(key.getBytes(StandardCharsets.UTF_8))
                                    .hex()),
                    name);
        });
        return client(key);
    }

    /** Whoever decides between teams. */
    public Client admin() {
        return client(RealParts.ADMIN_KEY);
    }

    public Client nobody() {
        return client("");
    }

    public Client client(String key) {
        return new Client(
                URI.create("http://127.0.0.1:" + config.getValue("quarkus.http.test-port", String.class)), key);
    }

    /** A worker that plays along, from now on; every job fits it that may be computed in float32. */
    public PlayedWorker worker(String name) {
        return worker(name, new WorkerKind(WorkerKind.Device.CPU, 1L << 36, false));
    }

    /** A worker of a kind that plays along, from now on. */
    public PlayedWorker worker(String name, WorkerKind kind) {
        return new PlayedWorker(
                name,
                kind,
                client(RealParts.WORKER_KEY),
                config.getValue("moraine.kafka.bootstrap-servers", String.class),
                json);
    }

    /** A create request for pebble with these fields beside, or in place of, the required ones. */
    public static Map<String, Object> request(String file, Map<String, ?> more) {
        Map<String, Object> request = new HashMap<>(Map.of("model", "pebble", "training_file", file));
        request.putAll(more);
        return request;
    }

    /** Uploads a good file, submits a job and waits until it is queued; gives its id. */
    public String queuedJob(Client team) {
        String id = team.post("/v1/fine_tuning/jobs", request(team.upload(GOOD_FILE), Map.of()))
                .ok()
                .get("id")
                .asText();
        awaitStatus(team, id, "queued");
        return id;
    }

    /** Waits until a job has a status, and gives the job. */
    public JsonNode awaitStatus(Client team, String id, String status) {
        return await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> team.get("/v1/fine_tuning/jobs/" + id).ok(),
                        job -> job.get("status").asText().equals(status));
    }

    public Jdbi database() {
        return jobs;
    }
}
