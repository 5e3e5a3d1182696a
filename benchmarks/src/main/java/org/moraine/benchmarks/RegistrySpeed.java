package org.moraine.benchmarks;

import io.minio.GetObjectArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.stack.Checkout;
import org.moraine.stack.Database;
import org.moraine.stack.ObjectStore;

/**
 * How fast the registry is beside the store that it stands on: pulling and publishing one large file against the MinIO SDK
 * on the same bucket's server, many pulls at once with a small heap, one HEAD, and a list of very many versions. The
 * registry runs as a process of its own on a PostgreSQL and an S3Proxy, or on the server that MORAINE_TEST_S3_ENDPOINT
 * names.
 */
public final class RegistrySpeed {

    private static final String WORKER_KEY = "worker-key-of-the-benchmark";
    private static final String TEAM_KEY = "team-key-of-the-benchmark";
    private static final String BUCKET = "moraine-registry-speed";
    private static final int HEAP_MEGABYTES = 300;
    private static final int ROUNDS = 5;
    private static final int AT_ONCE = 64;
    private static final int HEADS = 3000;
    private static final int VERSIONS = 100_000;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final OkHttpClient puller =
            new OkHttpClient(); // what the MinIO SDK reads with, so that both are read alike
    private final URI registry;
    private final URI linking;
    private final MinioClient store;
    private final List<ProcessHandle> processes;
    private final List<String> afterwards = new ArrayList<>();

    private RegistrySpeed(URI registry, URI linking, MinioClient store, List<ProcessHandle> processes) {
        this.registry = registry;
        this.linking = linking;
        this.store = store;
        this.processes = processes;
    }

    /** Takes the megabytes of the large file. */
    public static void main(String[] arguments) throws Exception {
        long bytes = Long.parseLong(arguments[0]) * 1_000_000;
        Path folder = Files.createTempDirectory("moraine-registry-speed");
        try (Database database = Database.start(folder.resolve("database"), 0)) {
            Map<String, String> given = System.getenv();
            if (given.containsKey("MORAINE_TEST_S3_ENDPOINT")) {
                measure(
                        folder,
                        database,
                        given.get("MORAINE_TEST_S3_ENDPOINT"),
                        given.getOrDefault("MORAINE_TEST_S3_ACCESS_KEY", ""),
                        given.getOrDefault("MORAINE_TEST_S3_SECRET_KEY", ""),
                        bytes);
            } else {
                try (ObjectStore own = ObjectStore.start(folder.resolve("store"), 0)) {
                    measure(folder, database, own.endpoint(), own.accessKey(), own.secretKey(), bytes);
                }
            }
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void measure(
            Path folder, Database database, String endpoint, String accessKey, String secretKey, long bytes)
            throws Exception {
        int port = freePort();
        int linkingPort = freePort();
        Process streaming = registry(folder, database, endpoint, accessKey, secretKey, port, Map.of());
        Process linking = registry(
                folder,
                database,
                endpoint,
                accessKey,
                secretKey,
                linkingPort,
                Map.of("MORAINE_S3_LINK_ENDPOINT", endpoint.replace("127.0.0.1", "localhost")));
        try (MinioClient store = MinioClient.builder()
                .endpoint(endpoint)
                .region("us-east-1")
                .credentials(accessKey, secretKey)
                .build()) {
            RegistrySpeed speed = new RegistrySpeed(
                    URI.create("http://127.0.0.1:" + port),
                    URI.create("http://127.0.0.1:" + linkingPort),
                    store,
                    List.of(serverOf(endpoint), ProcessHandle.current(), streaming.toHandle()));
            speed.awaitReady(speed.registry, streaming);
            speed.awaitReady(speed.linking, linking);
            store.makeBucket(MakeBucketArgs.builder().bucket(BUCKET).build());
            System.out.printf(
                    Locale.ROOT,
                    "%s, Java %s, the registry with at most %d MB of heap, on %s%n%n",
                    System.getProperty("os.arch"),
                    Runtime.version().feature(),
                    HEAP_MEGABYTES,
                    System.getenv("MORAINE_TEST_S3_ENDPOINT") == null ? "S3Proxy" : "the server named");
            System.out.println("| what | registry | store itself | ratio |");
            System.out.println("| --- | ---: | ---: | ---: |");
            speed.publish(bytes);
            speed.pull(bytes);
            speed.manyPulls();
            speed.heads();
            speed.lists(database);
            System.out.println();
            speed.afterwards.forEach(System.out::println);
        } finally {
            for (Process process : List.of(streaming, linking)) {
                process.destroy();
                process.waitFor();
            }
        }
    }

    /** The store's process: a child of this one, or the one that is named. */
    private static ProcessHandle serverOf(String endpoint) {
        String named = System.getenv("MORAINE_TEST_S3_PID");
        return named != null
                ? ProcessHandle.of(Long.parseLong(named)).orElseThrow()
                : ProcessHandle.current()
                        .children()
                        .filter(child -> child.info().commandLine().orElse("").contains("s3proxy"))
                        .findAny()
                        .orElseThrow(() -> new IllegalStateException(
                                "MORAINE_TEST_S3_PID is to name the process that answers at " + endpoint));
    }

    private static Process registry(
            Path folder,
            Database database,
            String endpoint,
            String accessKey,
            String secretKey,
            int port,
            Map<String, String> more)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + HEAP_MEGABYTES + "m",
                        "-jar",
                        Checkout.root()
                                .resolve("registry-service/target/quarkus-app/quarkus-run.jar")
                                .toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("registry-" + port + ".log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "QUARKUS_HTTP_HOST",
                        "127.0.0.1",
                        "QUARKUS_HTTP_PORT",
                        Integer.toString(port),
                        "MORAINE_DATABASE_URL",
                        database.jdbcUrl(),
                        "MORAINE_ACCESS_PASSWORD",
                        database.password("moraine_access"),
                        "MORAINE_REGISTRY_PASSWORD",
                        database.password("moraine_registry"),
                        "MORAINE_S3_ENDPOINT",
                        endpoint,
                        "MORAINE_S3_ACCESS_KEY",
                        accessKey,
                        "MORAINE_S3_SECRET_KEY",
                        secretKey,
                        "MORAINE_WORKER_KEY",
                        WORKER_KEY,
                        "MORAINE_BOOTSTRAP_TEAM",
                        "acme"));
        builder.environment().put("MORAINE_BOOTSTRAP_API_KEY", TEAM_KEY);
        builder.environment().putAll(more);
        return builder.start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitReady(URI address, Process process) throws Exception {
        for (int tried = 0; tried < 600; tried++) {
            if (!process.isAlive()) {
                throw new IllegalStateException("The registry ended with " + process.exitValue());
            }
            try {
                if (send("GET", address.resolve("/q/health/ready"), TEAM_KEY, null)
                                .statusCode()
                        == 200) {
                    return;
                }
            } catch (IOException e) { // not yet
            }
            Thread.sleep(100);
        }
        throw new IllegalStateException("The registry is not ready after a minute");
    }

    /** Alternately, so that whatever else the machine does meets both; the middle of the rounds counts. */
    private void publish(long size) throws Exception {
        double[] publish = new double[ROUNDS];
        double[] put = new double[ROUNDS];
        for (int round = -1; round < ROUNDS; round++) { // the first is not counted
            Made file = Made.of(size, round);
            double published = seconds(() -> published("large", file));
            double stored = seconds(() ->
                    store.putObject(PutObjectArgs.builder().bucket(BUCKET).object("raw").stream(file.open(), size, -1L)
                            .build()));
            if (round >= 0) {
                publish[round] = published;
                put[round] = stored;
            }
        }
        row("publish " + megabytes(size), size, middle(publish), middle(put));
    }

    /** Of what was published last, alternately again. Says also how many seconds of a processor each process takes. */
    private void pull(long size) throws Exception {
        double[] pull = new double[ROUNDS];
        double[] link = new double[ROUNDS];
        double[] get = new double[ROUNDS];
        double[][] pullSpent = new double[ROUNDS][];
        double[][] getSpent = new double[ROUNDS][];
        for (int round = -2; round < ROUNDS; round++) { // the first two are not counted
            double[] before = spent();
            double pulled = seconds(() -> drained(size, open(registry, "/acme/large/resolve/main/file")));
            double[] between = spent();
            double read = seconds(() -> drained(
                    size,
                    store.getObject(
                            GetObjectArgs.builder().bucket(BUCKET).object("raw").build())));
            double[] after = spent();
            double linked = seconds(() -> drained(size, open(linking, "/acme/large/resolve/main/file")));
            if (round >= 0) {
                pull[round] = pulled;
                get[round] = read;
                link[round] = linked;
                pullSpent[round] = since(before, between);
                getSpent[round] = since(between, after);
            }
        }
        row("pull " + megabytes(size), size, middle(pull), middle(get));
        row("pull " + megabytes(size) + " by a link to the store", size, middle(link), middle(get));
        afterwards.add("processor seconds for " + megabytes(size) + ": pulled "
                + spentIn(pullSpent, "store", "client", "registry") + "; read from the store "
                + spentIn(getSpent, "store", "client"));
    }

    private double[] spent() {
        return processes.stream()
                .mapToDouble(process ->
                        process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9)
                .toArray();
    }

    private static double[] since(double[] before, double[] after) {
        double[] spent = after.clone();
        Arrays.setAll(spent, i -> after[i] - before[i]);
        return spent;
    }

    /** The mean of the rounds, since the system counts in hundredths of a second. */
    private static String spentIn(double[][] rounds, String... processes) {
        StringBuilder text = new StringBuilder();
        double sum = 0;
        for (int process = 0; process < processes.length; process++) {
            int of = process;
            double spent =
                    Stream.of(rounds).mapToDouble(round -> round[of]).average().orElseThrow();
            text.append(String.format(Locale.ROOT, "%s %.2f, ", processes[process], spent));
            sum += spent;
        }
        return text + String.format(Locale.ROOT, "together %.2f", sum);
    }

    private static String megabytes(long size) {
        return size / 1_000_000 + " MB";
    }

    private static void row(String what, long size, double registry, double store) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %.0f MB/s | %.0f MB/s | %.2f |%n",
                what,
                size / 1e6 / registry,
                size / 1e6 / store,
                store / registry);
    }

    private void manyPulls() throws Exception {
        long size = 50_000_000;
        published("many", Made.of(size, 99));
        AtomicBoolean pulling = new AtomicBoolean(true);
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE + 1);
        try {
            Future<Double> heap = threads.submit(() -> peakHeap(pulling));
            double seconds = seconds(() -> {
                List<Callable<Void>> pulls = new ArrayList<>();
                for (int i = 0; i < AT_ONCE; i++) {
                    pulls.add(() -> {
                        drained(size, open(registry, "/acme/many/resolve/main/file"));
                        return null;
                    });
                }
                for (Future<Void> pull : threads.invokeAll(pulls)) {
                    pull.get();
                }
            });
            pulling.set(false);
            System.out.printf(
                    Locale.ROOT,
                    "| %d pulls of %d MB at once | %.0f MB/s together, at most %.0f MB of heap used | | |%n",
                    AT_ONCE,
                    size / 1_000_000,
                    AT_ONCE * size / 1e6 / seconds,
                    heap.get());
        } finally {
            pulling.set(false);
            threads.shutdown();
        }
    }

    private double peakHeap(AtomicBoolean pulling) throws Exception {
        Pattern used = Pattern.compile("(?m)^jvm_memory_used_bytes\\{area=\"heap\",[^}]*} (\\S+)");
        double peak = 0;
        while (pulling.get()) {
            String metrics =
                    new String(send("GET", "/q/metrics", TEAM_KEY, null).body(), StandardCharsets.UTF_8);
            double sum = 0;
            for (Matcher matcher = used.matcher(metrics); matcher.find(); ) {
                sum += Double.parseDouble(matcher.group(1));
            }
            peak = Math.max(peak, sum / 1e6);
            Thread.sleep(20);
        }
        return peak;
    }

    private void heads() throws Exception {
        double[] millis = new double[HEADS];
        for (int i = -HEADS; i < HEADS; i++) { // as many beforehand, not counted
            double seconds = seconds(() -> require(200, send("HEAD", "/acme/large/resolve/v1/file", TEAM_KEY, null)));
            if (i >= 0) {
                millis[i] = seconds * 1e3;
            }
        }
        Arrays.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "| HEAD of resolve | %.1f ms in the middle, p99 %.1f ms | | |%n",
                millis[HEADS / 2],
                millis[HEADS * 99 / 100]);
    }

    private void lists(Database database) throws Exception {
        published("listed", Made.of(1000, 7));
        try (Connection connection = DriverManager.getConnection(
                        database.jdbcUrl(), "moraine_registry", database.password("moraine_registry"));
                Statement statement = connection.createStatement()) {
            addVersions(statement);
        }
        String path = "/api/v1/adapters/acme/listed/versions?limit=100";
        System.out.printf(
                Locale.ROOT,
                "| 100 of %,d versions | newest %.1f ms, from the middle %.1f ms, one by its number %.1f ms | | |%n",
                VERSIONS,
                list(path),
                list(path + "&before=" + VERSIONS / 2),
                list("/api/models/acme/listed/revision/v" + VERSIONS / 3));
    }

    private static void addVersions(Statement statement) throws SQLException {
        statement.execute("SET search_path TO registry");
        statement.execute("""
                INSERT INTO versions (adapter_id, version, commit_id, job, base_model, method, settings)
                SELECT v.adapter_id, n, v.commit_id, 'ftjob-' || lpad(n::text, 24, '0'), v.base_model, v.method, v.settings
                FROM versions v JOIN adapters a ON a.id = v.adapter_id, generate_series(2, %d) AS n
                WHERE a.adapter = 'listed'""".formatted(VERSIONS));
        statement.execute("""
                INSERT INTO version_files (adapter_id, version, path, digest)
                SELECT f.adapter_id, n, f.path, f.digest
                FROM version_files f JOIN adapters a ON a.id = f.adapter_id, generate_series(2, %d) AS n
                WHERE a.adapter = 'listed'""".formatted(VERSIONS));
        statement.execute("UPDATE adapters SET newest = " + VERSIONS + " WHERE adapter = 'listed'");
        statement.execute("ANALYZE");
    }

    private double list(String path) throws Exception {
        double[] millis = new double[50];
        for (int i = -10; i < millis.length; i++) {
            double seconds = seconds(() -> require(200, send("GET", path, TEAM_KEY, null)));
            if (i >= 0) {
                millis[i] = seconds * 1e3;
            }
        }
        return middle(millis);
    }

    /** As a worker publishes: is it there, the bytes, the manifest. */
    private void published(String adapter, Made file) throws Exception {
        String blob = "/api/v1/blobs/" + file.digest;
        require(404, send("HEAD", blob, WORKER_KEY, null));
        HttpRequest put = HttpRequest.newBuilder(registry.resolve(blob))
                .header("Authorization", "Bearer " + WORKER_KEY)
                .PUT(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(file::open), file.size))
                .build();
        require(201, http.send(put, BodyHandlers.ofByteArray()));
        String manifest = """
                {"job": "ftjob-%s", "base_model": "none", "method": "lora", "settings": {},
                 "manifest": {"files": [{"path": "file", "size": %d, "digest": "%s"}]}}""".formatted(file.digest.hex().substring(0, 24), file.size, file.digest);
        require(201, send("POST", "/api/v1/adapters/acme/" + adapter + "/versions", WORKER_KEY, manifest));
    }

    private InputStream open(URI from, String path) throws IOException {
        Response response = puller.newCall(new Request.Builder()
                        .url(from.resolve(path).toString())
                        .header("Authorization", "Bearer " + TEAM_KEY)
                        .header("Accept-Encoding", "identity")
                        .build())
                .execute();
        if (response.code() != 200) {
            throw new IllegalStateException(path + " was answered with " + response.code());
        }
        return response.body().byteStream();
    }

    private HttpResponse<byte[]> send(String method, String path, String key, @Nullable String json) throws Exception {
        return send(method, registry.resolve(path), key, json);
    }

    private HttpResponse<byte[]> send(String method, URI address, String key, @Nullable String json) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).header("Authorization", "Bearer " + key);
        return http.send(
                json == null
                        ? request.method(method, BodyPublishers.noBody()).build()
                        : request.header("Content-Type", "application/json")
                                .method(method, BodyPublishers.ofString(json))
                                .build(),
                BodyHandlers.ofByteArray());
    }

    private static void require(int status, HttpResponse<?> response) {
        if (response.statusCode() != status) {
            throw new IllegalStateException(
                    response.request().method() + " " + response.uri() + " was answered with " + response.statusCode());
        }
    }

    private static void drained(long size, InputStream bytes) throws IOException {
        try (bytes) {
            byte[] buffer = new byte[1 << 16];
            long read = 0;
            for (int length; (length = bytes.read(buffer)) >= 0; ) {
                read += length;
            }
            if (read != size) {
                throw new IllegalStateException(read + " bytes came instead of " + size);
            }
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static double seconds(Work work) throws Exception {
        long begun = System.nanoTime();
        work.run();
        return (System.nanoTime() - begun) / 1e9;
    }

    private static double middle(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** A file that is made while it is read: one block again and again, each with its number in front. */
    private record Made(long size, int seed, Digest digest) {

        private static final int BLOCK = 1 << 20;

        static Made of(long size, int seed) throws IOException {
            MessageDigest sha256 = Digest.sha256();
            try (InputStream bytes = new Blocks(size, seed)) {
                byte[] buffer = new byte[BLOCK];
                for (int length; (length = bytes.read(buffer)) >= 0; ) {
                    sha256.update(buffer, 0, length);
                }
            }
            return new Made(size, seed, Digest.finished(sha256));
        }

        InputStream open() {
            return new Blocks(size, seed);
        }

        private static final class Blocks extends InputStream {

            private final byte[] block = new byte[BLOCK];
            private long left;
            private int at = BLOCK;
            private long number;

            Blocks(long size, int seed) {
                new Random(seed).nextBytes(block);
                left = size;
            }

            @Override
            public int read() {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int from, int length) {
                if (left == 0) {
                    return -1;
                }
                if (at == BLOCK) {
                    ByteBuffer.wrap(block).putLong(number++);
                    at = 0;
                }
                int taken = (int) Math.min(Math.min(length, left), BLOCK - at);
                System.arraycopy(block, at, into, from, taken);
                at += taken;
                left -= taken;
                return taken;
            }
        }
    }
}
