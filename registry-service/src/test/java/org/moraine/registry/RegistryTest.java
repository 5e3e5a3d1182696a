package org.moraine.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.quarkus.agroal.DataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Method;
import org.moraine.contracts.Publication;

/** What the tests of the registry have in common: they speak HTTP with it, as a worker, as acme or as another team. */
@QuarkusTestResource(Parts.class)
public abstract class RegistryTest {

    protected static final String WORKER = Parts.WORKER_KEY;
    protected static final String ADMIN = Parts.ADMIN_KEY;
    protected static final String ACME = Parts.TEAM_KEY;
    protected static final String UMBRELLA = "key-of-umbrella-in-the-tests";

    private static final Random RANDOM = new Random();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    protected final ObjectMapper json = new ObjectMapper();

    @TestHTTPResource("/")
    @SuppressWarnings("NullAway.Init")
    protected URI root;

    @Inject
    @DataSource("access")
    protected javax.sql.DataSource access;

    @Inject
    protected Jdbi jdbi;

    @BeforeEach
    void anotherTeamHasAKeyToo() throws Exception {
        try (Connection connection = access.getConnection()) {
            connection.createStatement().execute("INSERT INTO teams (name) VALUES ('umbrella') ON CONFLICT DO NOTHING");
            PreparedStatement key = connection.prepareStatement("""
                    INSERT INTO api_keys (digest, kind, team, label) VALUES (?, 'team', 'umbrella', 'test')
                    ON CONFLICT DO NOTHING""");
            key.setBytes(
                    1,
                    HexFormat.of()
                            .parseHex(Digest.of(UMBRELLA.getBytes(StandardCharsets.UTF_8))
                                    .hex()));
            key.execute();
        }
    }

    /** Sends a request as it stands, with header names and values in turn. */
    protected HttpResponse<byte[]> send(String method, String path, String key, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(root.toString().replaceAll("/$", "") + path))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(method + " " + path, e);
        }
    }

    protected HttpResponse<byte[]> get(String path, String key, String... headers) {
        return send("GET", path, key, new byte[0], headers);
    }

    protected HttpResponse<byte[]> head(String path, String key, String... headers) {
        return send("HEAD", path, key, new byte[0], headers);
    }

    protected HttpResponse<byte[]> sendJson(String method, String path, String key, Object body) {
        try {
            return send(method, path, key, json.writeValueAsBytes(body), "Content-Type", "application/json");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    protected JsonNode json(HttpResponse<byte[]> response) {
        try {
            return json.readTree(response.body());
        } catch (IOException e) {
            throw new AssertionError(new String(response.body(), StandardCharsets.UTF_8), e);
        }
    }

    protected HttpResponse<byte[]> putBlob(byte[] bytes) {
        return send("PUT", "/api/v1/blobs/" + Digest.of(bytes), WORKER, bytes);
    }

    /** Puts the blobs of an adapter's files and publishes them. */
    protected Publication.Made published(AdapterName adapter, JobId job, Map<String, byte[]> files) {
        files.values().forEach(this::putBlob);
        HttpResponse<byte[]> response = publish(adapter, aPublication(job, files));
        JsonNode made = json(response);
        return new Publication.Made(
                AdapterName.of(made.get("adapter").asText()),
                made.get("version").asInt(),
                made.get("commit").asText());
    }

    protected HttpResponse<byte[]> publish(AdapterName adapter, Publication publication) {
        return sendJson("POST", "/api/v1/adapters/" + adapter + "/versions", WORKER, publication);
    }

    protected static Publication aPublication(JobId job, Map<String, byte[]> files) {
        List<Manifest.File> manifest = new TreeMap<>(files)
                .entrySet().stream()
                        .map(file ->
                                new Manifest.File(file.getKey(), file.getValue().length, Digest.of(file.getValue())))
                        .toList();
        return new Publication(job, "pebble", Method.MORA, Map.of("rank", 8, "loss", 0.25), new Manifest(manifest));
    }

    protected static JobId aJob() {
        return new JobId("ftjob-" + letters(24));
    }

    protected static AdapterName anAdapter() {
        return AdapterName.of("acme/bot-" + letters(10));
    }

    protected static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    protected static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Puts other bytes where a blob's are, past the registry. */
    protected static void overwrite(Digest digest, byte[] bytes, int length) throws Exception {
        try (MinioClient raw = MinioClient.builder()
                .endpoint(setting("endpoint"))
                .credentials(setting("access-key"), setting("secret-key"))
                .region("us-east-1")
                .build()) {
            raw.putObject(PutObjectArgs.builder()
                    .bucket(setting("bucket"))
                    .object("blobs/" + digest.hex().substring(0, 2) + "/" + digest)
                    .data(bytes, length)
                    .build());
        }
    }

    protected static String setting(String key) {
        return ConfigProvider.getConfig().getValue("moraine.s3." + key, String.class);
    }

    /** What a call gives when it is made so many times at once, with the numbers from 0. */
    protected static <T> List<T> atOnce(int many, IntFunction<T> call) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(many);
        try {
            Stream<Callable<T>> calls = IntStream.range(0, many).mapToObj(i -> () -> call.apply(i));
            List<T> answers = new ArrayList<>();
            for (Future<T> answer : threads.invokeAll(calls.toList())) {
                answers.add(answer.get());
            }
            return answers;
        } finally {
            threads.shutdown();
        }
    }

    private static String letters(int count) {
        return RANDOM.ints(count, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
