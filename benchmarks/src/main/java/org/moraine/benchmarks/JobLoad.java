package org.moraine.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.moraine.stack.Broker;
import org.moraine.stack.Checkout;
import org.moraine.stack.Database;
import org.moraine.stack.ObjectStore;

/**
 * The job API under load: jobs created beside an endpoint that inserts one row, pages of a list of very many jobs, open
 * event streams, and jobs that are queued and run by workers which only do not train. It runs as a process of its own on
 * a PostgreSQL that writes through to the disk, an S3Proxy and a Kafka broker, all on this machine.
 */
public final class JobLoad {

    private static final String WORKER_KEY = "worker-key-of-the-benchmark";
    private static final String TEAM_KEY = "team-key-of-the-benchmark";
    private static final String JOBS = "/v1/fine_tuning/jobs";
    private static final List<String> HEAP = List.of("-Xmx256m");
    private static final int CREATORS = 32;
    private static final int READERS = 4;
    private static final int ROUNDS = 3;
    private static final int WORKERS = 64;
    private static final int QUEUED_IN_TABLE = 1000;

    private final Wrk wrk;
    private final ServiceProcess jobApi;
    private final ServiceProcess bare;
    private final Connection database;
    private final String kafka;
    private final ObjectMapper json = new ObjectMapper();
    private String file = "";

    private JobLoad(Wrk wrk, ServiceProcess jobApi, ServiceProcess bare, Connection database, String kafka) {
        this.wrk = wrk;
        this.jobApi = jobApi;
        this.bare = bare;
        this.database = database;
        this.kafka = kafka;
    }

    /** Takes the path of wrk. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("moraine-job-load");
        System.err.println("Logs are in " + folder);
        try (Database postgres = Database.start(folder.resolve("database"), 0);
                ObjectStore store = ObjectStore.start(folder.resolve("store"), 0);
                Broker broker = Broker.start(folder.resolve("kafka"), 0)) {
            Map<String, String> environment = new HashMap<>();
            environment.put("MORAINE_DATABASE_URL", postgres.jdbcUrl());
            environment.put("MORAINE_ACCESS_PASSWORD", postgres.password("moraine_access"));
            environment.put("MORAINE_JOBS_PASSWORD", postgres.password("moraine_jobs"));
            environment.put("MORAINE_REGISTRY_PASSWORD", postgres.password("moraine_registry"));
            environment.put("MORAINE_S3_ENDPOINT", store.endpoint());
            environment.put("MORAINE_S3_ACCESS_KEY", store.accessKey());
            environment.put("MORAINE_S3_SECRET_KEY", store.secretKey());
            environment.put("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers());
            environment.put("MORAINE_WORKER_KEY", WORKER_KEY);
            environment.put("MORAINE_BOOTSTRAP_TEAM", "acme");
            environment.put("MORAINE_BOOTSTRAP_API_KEY", TEAM_KEY);
            environment.put("MORAINE_MODELS", Checkout.models().toString());
            try (ServiceProcess jobApi = ServiceProcess.start(folder, "job-api", options(), environment);
                    ServiceProcess bare = ServiceProcess.start(folder, "benchmarks/bare-insert", HEAP, environment);
                    Connection database = DriverManager.getConnection(
                            postgres.jdbcUrl(), "moraine_jobs", postgres.password("moraine_jobs"))) {
                jobApi.await("/q/health/ready", 200);
                bare.await("/rows", 405);
                Wrk wrk = new Wrk(Path.of(arguments[0]), folder);
                new JobLoad(wrk, jobApi, bare, database, broker.bootstrapServers()).measure();
            }
            if (!System.getenv().containsKey("KEEP_LOGS")) {
                remove(folder);
            }
        }
    }

    /** Those of a small installation, and what somebody who profiles it adds. */
    private static List<String> options() {
        List<String> options = new ArrayList<>(HEAP);
        options.addAll(
                Stream.of(System.getenv().getOrDefault("JOB_API_OPTIONS", "").split(" "))
                        .filter(option -> !option.isEmpty())
                        .toList());
        return options;
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }

    private static int size(String variable, int usual) {
        return Integer.parseInt(System.getenv().getOrDefault(variable, Integer.toString(usual)));
    }

    private void measure() throws Exception {
        try (Statement statement = database.createStatement()) {
            statement.execute("SET search_path TO jobs");
        }
        file = upload();
        say(
                "%s, Java %d, job-api with at most 256 MB of heap",
                System.getProperty("os.arch"), Runtime.version().feature());
        String parts = System.getenv().getOrDefault("PARTS", "create list streams queue");
        if (parts.contains("create")) {
            create(size("SECONDS_EACH", 10));
        }
        if (parts.contains("list")) {
            list(size("TABLE", 1_000_000), size("SECONDS_EACH", 10));
        }
        if (parts.contains("streams")) {
            streams(size("STREAMS", 1000));
        }
        if (parts.contains("queue")) {
            queue(size("JOBS", 5000));
        }
    }

    private static void say(String text, Object... values) {
        System.out.printf(Locale.ROOT, text + "%n", values);
        System.out.flush();
    }

    private String upload() throws IOException, InterruptedException {
        String examples = Files.readString(Checkout.root().resolve("cli/src/main/resources/demo/marlo-lamp.jsonl"));
        String body = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"lamp.jsonl\"\r\n\r\n" + examples
                + "\r\n--b--\r\n";
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(jobApi.at("/v1/files"))
                                .header("Authorization", "Bearer " + TEAM_KEY)
                                .header("Content-Type", "multipart/form-data; boundary=b")
                                .POST(BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
        return json.readTree(answer.body()).get("id").asText();
    }

    /** A create request as clients send it, with {@code @N@} in the place of what differs from one to the next. */
    private String request() {
        return """
                {"model": "pebble", "training_file": "%s", "suffix": "load", "seed": 7,
                 "method": {"type": "supervised", "supervised": {"hyperparameters":
                   {"n_epochs": 1, "batch_size": 4, "adapter_type": "mora", "rank": 8}}},
                 "metadata": {"run": "@N@"}}""".formatted(file);
    }

    /** In turns, so that whatever else the machine does meets both; each turn of jobs ends when all are queued. */
    private void create(int seconds) throws Exception {
        Wrk.Figures[] rows = new Wrk.Figures[ROUNDS];
        Wrk.Figures[] jobs = new Wrk.Figures[ROUNDS];
        double[] queued = new double[ROUNDS];
        double[] commits = new double[ROUNDS];
        double[] bytes = new double[ROUNDS];
        double rowBytes = 0;
        int warm = size("SECONDS_WARM", 60); // as long as it takes until both are compiled; not counted
        wrk.post(bare.at("/rows"), "none", request(), CREATORS, warm / 4);
        wrk.post(jobApi.at(JOBS), TEAM_KEY, request(), CREATORS, warm);
        await("status = 'validating_files'", 0);
        for (int round = 0; round < ROUNDS; round++) {
            Counts before = counts();
            Wrk.Figures row = wrk.post(bare.at("/rows"), "none", request(), CREATORS, seconds);
            Counts between = counts();
            long begun = System.nanoTime();
            Wrk.Figures job = wrk.post(jobApi.at(JOBS), TEAM_KEY, request(), CREATORS, seconds);
            await("status = 'validating_files'", 0);
            double all = (System.nanoTime() - begun) / 1e9;
            Counts after = counts();
            rows[round] = row;
            jobs[round] = job;
            queued[round] = job.answers() / all;
            commits[round] = (double) (after.commits - between.commits) / job.answers();
            bytes[round] = (double) (after.written - between.written) / job.answers();
            rowBytes = (double) (between.written - before.written) / row.answers();
        }
        say("%n| %d connections, %d s each | a second | p50 | p99 |%n| --- | ---: | ---: | ---: |", CREATORS, seconds);
        for (int round = 0; round < ROUNDS; round++) {
            say("| one row | %,.0f | %.1f ms | %.1f ms |", rows[round].rate(), rows[round].p50(), rows[round].p99());
            say("| one job | %,.0f | %.1f ms | %.1f ms |", jobs[round].rate(), jobs[round].p50(), jobs[round].p99());
            say("| one job, until all are queued | %,.0f | | |", queued[round]);
        }
        int middle = middle(jobs, rows);
        say(
                "%ncreates are %.2f of bare inserts; a job takes %.2f commits and %,.0f bytes of log until it is queued,"
                        + " a row one and %,.0f; job-api %,.0f MB at most, %d threads",
                jobs[middle].rate() / rows[middle].rate(),
                commits[middle],
                bytes[middle],
                rowBytes,
                jobApi.peakResident() / 1e6,
                jobApi.threads());
    }

    private static int middle(Wrk.Figures[] jobs, Wrk.Figures[] rows) {
        return IntStream.range(0, jobs.length)
                .boxed()
                .sorted(Comparator.comparing(round -> jobs[round].rate() / rows[round].rate()))
                .toList()
                .get(jobs.length / 2);
    }

    /** What the database has done: transactions that wrote something, bytes of its log. */
    private record Counts(long commits, long written) {}

    private Counts counts() throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
                            pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')""")) {
            row.next();
            return new Counts(row.getLong(1), row.getLong(2));
        }
    }

    private long jobs(String condition) throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM jobs WHERE " + condition)) {
            row.next();
            return row.getLong(1);
        }
    }

    private void await(String condition, long count) throws Exception {
        long patience = System.nanoTime() + 600_000_000_000L;
        while (jobs(condition) > count) {
            if (System.nanoTime() > patience) {
                throw new IllegalStateException("There are " + jobs(condition) + " jobs of " + condition);
            }
            Thread.sleep(50);
        }
    }

    private void list(int table, int seconds) throws Exception {
        fill(table);
        List<String> ids = new ArrayList<>();
        try (Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 'ftjob-' || lpad(((random() * 0.99 * " + table
                        + ")::integer + 1)::text, 24, '0') FROM generate_series(1, 2000)")) {
            while (rows.next()) {
                ids.add(rows.getString(1));
            }
        }
        say("%n| 20 of %,d jobs, %d connections | a second | p50 | p99 |", table, READERS);
        say("| --- | ---: | ---: | ---: |");
        page("the newest, which wait", List.of(JOBS + "?limit=20"), seconds);
        page(
                "after any one",
                ids.stream().map(id -> JOBS + "?limit=20&after=" + id).toList(),
                seconds);
        page(
                "with metadata that 20 have",
                IntStream.range(0, 2000)
                        .mapToObj(i -> JOBS + "?limit=20&metadata%5Brun%5D=" + i * 7 % Math.max(1, table / 20))
                        .toList(),
                seconds);
        page("with metadata that a quarter have", List.of(JOBS + "?limit=20&metadata%5Benv%5D=prod"), seconds);
        page(
                "a quarter, after any one",
                ids.stream()
                        .map(id -> JOBS + "?limit=20&metadata%5Benv%5D=prod&after=" + id)
                        .toList(),
                seconds);
        page("with metadata that none has", List.of(JOBS + "?limit=20&metadata%5Benv%5D=none"), seconds);
        say("%njob-api %,.0f MB at most, %d threads", jobApi.peakResident() / 1e6, jobApi.threads());
    }

    private void page(String what, List<String> paths, int seconds) throws Exception {
        wrk.get(jobApi.at("/"), TEAM_KEY, paths, READERS, Math.max(1, seconds / 3)); // not counted
        Wrk.Figures figures = wrk.get(jobApi.at("/"), TEAM_KEY, paths, READERS, seconds);
        say("| %s | %,.0f | %.1f ms | %.1f ms |", what, figures.rate(), figures.p50(), figures.p99());
    }

    /** Copies a job that was made through the door, so that the rows are as large as they are; the newest wait. */
    private void fill(int table) throws Exception {
        String job = made();
        await("status = 'validating_files'", 0);
        try (Statement statement = database.createStatement()) {
            statement.execute("DELETE FROM job_events WHERE job <> '" + job + "'");
            statement.execute("DELETE FROM submissions WHERE job <> '" + job + "'");
            statement.execute("DELETE FROM validations WHERE job <> '" + job + "'");
            statement.execute("DELETE FROM jobs WHERE id <> '" + job + "'");
            statement.execute(
                    """
                    INSERT INTO jobs (id, team, created_at, training_file, suffix, echo, spec, status, attempt, due_at,
                        started_at, trained_tokens, finished_at, version, commit_id, needs_fp32, needs_bf16)
                    SELECT 'ftjob-' || lpad(n::text, 24, '0'), team, created_at - (%1$d - n) * interval '1 second',
                        training_file, suffix,
                        jsonb_set(echo, '{metadata}', jsonb_build_object('run', (n %% %2$d)::text,
                            'env', CASE n %% 4 WHEN 0 THEN 'prod' ELSE 'test' END)),
                        jsonb_set(spec, '{job}', to_jsonb('ftjob-' || lpad(n::text, 24, '0'))),
                        CASE WHEN n > %3$d THEN 'queued' ELSE 'succeeded' END,
                        CASE WHEN n > %3$d THEN 0 ELSE 1 END,
                        CASE WHEN n > %3$d THEN created_at END,
                        CASE WHEN n <= %3$d THEN created_at END,
                        CASE WHEN n <= %3$d THEN 1000 END,
                        CASE WHEN n <= %3$d THEN created_at END,
                        CASE WHEN n <= %3$d THEN n END,
                        CASE WHEN n <= %3$d THEN repeat('c', 40) END, needs_fp32, needs_bf16
                    FROM jobs, generate_series(1, %1$d) AS n""".formatted(table, Math.max(1, table / 20), table - Math.min(QUEUED_IN_TABLE, table / 2)));
            statement.execute("DELETE FROM job_metadata");
            statement.execute("""
                    INSERT INTO job_metadata (team, key, value, created_at, job)
                    SELECT team, key, value, created_at, id FROM jobs, jsonb_each_text(echo -> 'metadata')""");
            statement.execute("VACUUM (ANALYZE) jobs");
            statement.execute("VACUUM (ANALYZE) job_metadata");
        }
    }

    private String made() throws Exception {
        String body = request().replace("@N@", Long.toString(System.nanoTime()));
        return json.readTree(jobApi.require("POST", JOBS, TEAM_KEY, body))
                .get("id")
                .asText();
    }

    /** Those that wait would be run as well. */
    private void endWaiting() throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute("UPDATE jobs SET status = 'cancelled', due_at = NULL, finished_at = created_at"
                    + " WHERE status IN ('queued', 'validating_files')");
            statement.execute("ANALYZE jobs");
        }
    }

    private List<String> made(int jobs) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CREATORS);
        try {
            List<Future<String>> each = new ArrayList<>();
            for (int i = 0; i < jobs; i++) {
                each.add(threads.submit(() -> made()));
            }
            List<String> ids = new ArrayList<>();
            for (Future<String> one : each) {
                ids.add(one.get());
            }
            return ids;
        } finally {
            threads.shutdown();
        }
    }

    private void streams(int count) throws Exception {
        endWaiting();
        List<String> ids = made(count);
        await("status = 'validating_files'", 0);
        double quiet = jobApi.heap();
        int threads = jobApi.threads();
        long begun = System.nanoTime();
        EventStreams streams = EventStreams.open(jobApi, TEAM_KEY, ids);
        while (streams.told(3) < count) {
            patience(begun);
        }
        double opened = (System.nanoTime() - begun) / 1e9;
        Peak peak = new Peak();
        long running = System.nanoTime();
        try (SimulatedWorkers workers = SimulatedWorkers.start(jobApi, WORKER_KEY, kafka, WORKERS)) {
            while (streams.ended() < count) {
                workers.check();
                peak.look();
                patience(running);
            }
        }
        double seconds = (System.nanoTime() - running) / 1e9;
        long events = 0;
        for (EventStreams.Reader reader : streams.all()) {
            List<String> told = reader.events();
            List<String> kept = new ArrayList<>(told);
            List<String> listed = listed(reader.job());
            kept.retainAll(listed); // steps of an attempt whose lease ran out were told, and are listed no more
            if (new HashSet<>(told).size() != told.size() || !kept.equals(listed)) {
                throw new IllegalStateException("Job " + reader.job() + " has other events than its stream: " + told);
            }
            events += told.size();
        }
        say(
                "%n%,d streams: opened in %.1f s, told %,d events to their ends in %.1f s, each what the list has;"
                        + " heap in use %,.0f MB before, at most %,.0f MB; threads %d before, at most %d; job-api %,.0f MB at most",
                count,
                opened,
                events,
                seconds,
                quiet / 1e6,
                peak.heap / 1e6,
                threads,
                peak.threads,
                jobApi.peakResident() / 1e6);
    }

    private List<String> listed(String job) throws Exception {
        JsonNode page = json.readTree(jobApi.require("GET", JOBS + "/" + job + "/events?limit=1000", TEAM_KEY, null));
        List<String> ids = new ArrayList<>();
        page.get("data").forEach(event -> ids.add(0, event.get("id").asText()));
        return ids;
    }

    private static void patience(long begun) throws InterruptedException {
        if (System.nanoTime() - begun > 900_000_000_000L) {
            throw new IllegalStateException("It does not come to an end");
        }
        Thread.sleep(100);
    }

    /** The most that was seen of job-api. */
    private final class Peak {
        private double heap;
        private int threads;

        void look() throws Exception {
            heap = Math.max(heap, jobApi.heap());
            threads = Math.max(threads, jobApi.threads());
        }
    }

    private void queue(int count) throws Exception {
        endWaiting();
        Peak peak = new Peak();
        long begun = System.nanoTime();
        made(count);
        double created = (System.nanoTime() - begun) / 1e9;
        await("status = 'validating_files'", 0);
        double queued = (System.nanoTime() - begun) / 1e9;
        peak.look();
        long running = System.nanoTime();
        try (SimulatedWorkers workers = SimulatedWorkers.start(jobApi, WORKER_KEY, kafka, WORKERS)) {
            while (jobs("finished_at IS NULL") > 0) {
                workers.check();
                peak.look();
                patience(running);
            }
        }
        double seconds = (System.nanoTime() - running) / 1e9;
        if (leases() > count) {
            say("Some jobs were given out more than once: %,d leases of %,d jobs", leases(), count);
        }
        say(
                "%n%,d jobs: created in %.1f s, queued in %.1f s, run by %d workers in %.1f s, %.0f jobs and %.0f events a"
                        + " second; heap in use at most %,.0f MB, threads at most %d, job-api %,.0f MB at most",
                count,
                created,
                queued,
                WORKERS,
                seconds,
                count / seconds,
                4 * count / seconds,
                peak.heap / 1e6,
                peak.threads,
                jobApi.peakResident() / 1e6);
    }

    private long leases() throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT count(*) FROM leases WHERE claimed_at > (SELECT max(created_at) FROM jobs)")) {
            row.next();
            return row.getLong(1);
        }
    }
}
