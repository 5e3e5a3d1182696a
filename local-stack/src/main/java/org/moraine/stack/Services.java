package org.moraine.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** job-api, registry-service and trainer-worker as processes, told by environment variables where the others are. */
final class Services {

    /** The team that a stack starts with. */
    static final String TEAM = "local";

    /** The team's key, which begins as the Hub's do: npm's {@code @huggingface/hub} sends no other. */
    static String apiKey(Secrets secrets) {
        return secrets.get("api-key", "hf_");
    }

    /** A busy machine is slow; a process that ends is noticed at once. */
    private static final Duration START = Duration.ofMinutes(5);

    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** Longer than the services' own checks take on a busy machine, or a slow one would never be seen to be ready. */
    private static final Duration ANSWER = Duration.ofSeconds(10);

    /** Plain HTTP/1.1: an upgrade to HTTP/2 that is broken off by a late answer would be one more thing to wait for. */
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();

    private final StackSettings settings;
    private final Map<Part, Integer> ports;
    private final Map<String, String> environment = new HashMap<>();

    Services(
            StackSettings settings,
            Map<Part, Integer> ports,
            Secrets secrets,
            Database database,
            Broker broker,
            ObjectStore store) {
        this.settings = settings;
        this.ports = ports;
        environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        environment.put("MORAINE_DATABASE_URL", database.jdbcUrl());
        environment.put("MORAINE_ACCESS_PASSWORD", database.password("moraine_access"));
        environment.put("MORAINE_JOBS_PASSWORD", database.password("moraine_jobs"));
        environment.put("MORAINE_REGISTRY_PASSWORD", database.password("moraine_registry"));
        environment.put("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers());
        environment.putAll(ObjectStore.environment(settings.folder(Part.OBJECT_STORE), store.port()));
        environment.put("MORAINE_WORKER_KEY", secrets.get("worker-key"));
        environment.put("MORAINE_ADMIN_KEY", secrets.get("admin-key"));
        SigningKeyFiles keys = SigningKeyFiles.in(settings.data().resolve("secrets"));
        environment.put("MORAINE_SIGNING_KEY_FILE", keys.secret().toString());
        environment.put("MORAINE_SIGNING_PUBLIC_KEY_FILE", keys.open().toString());
        environment.put("MORAINE_BOOTSTRAP_TEAM", TEAM);
        environment.put("MORAINE_BOOTSTRAP_API_KEY", apiKey(secrets));
        // Whoever has this stack's key can read this machine's files anyway.
        environment.put("MORAINE_LOCAL_MODELS", "true");
        environment.put("MORAINE_MODELS", Checkout.models().toString());
        environment.put("MORAINE_JOBS_URL", url(Part.JOB_API));
        environment.put("MORAINE_REGISTRY_URL", url(Part.REGISTRY));
        environment.put("MORAINE_WORKER_NAME", "local");
        environment.put("MORAINE_WORK_FOLDER", settings.data().resolve("worker").toString());
    }

    /** Starts the process; it is not ready yet. */
    Child start(Part service) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("QUARKUS_HTTP_PORT", Integer.toString(port(service)));
        // Spinning threads cost a worker beside six busy neighbours far more than they bring one that is alone.
        if (service == Part.WORKER) all.put("OMP_WAIT_POLICY", "PASSIVE");
        all.putAll(settings.environment());
        return Child.start(service, Child.Ending.TERM_THEN_KILL, command(service), all, settings.log(service));
    }

    void awaitReady(Child service) {
        int port = port(service.part());
        service.awaitReady(START, () -> ready(port), () -> ": " + health(port).text());
    }

    /** Whether the service behind a port says that it and what it needs work. */
    static boolean ready(int port) {
        return health(port).ready();
    }

    /** What a service says of itself; the text of one that is not ready names what it lacks. */
    private record Health(boolean ready, String text) {}

    private static Health health(int port) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health/ready"))
                .timeout(ANSWER)
                .build();
        try {
            HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
            return new Health(answer.statusCode() == 200, answer.body().replaceAll("\\s+", " "));
        } catch (IOException e) {
            return new Health(false, "it does not answer: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Health(false, "interrupted");
        }
    }

    private int port(Part service) {
        return ports.getOrDefault(service, service.usualPort());
    }

    private String url(Part service) {
        return "http://127.0.0.1:" + port(service);
    }

    private static List<String> command(Part service) {
        Path jar = Checkout.service(service.word());
        List<String> command = new ArrayList<>(Checkout.java());
        if (service == Part.WORKER) {
            // What trains is native; the heap holds the examples, and gives back what it does not need.
            command.addAll(List.of(
                    "-Xms32m",
                    "-Xmx1g",
                    "-XX:MinHeapFreeRatio=10",
                    "-XX:MaxHeapFreeRatio=30",
                    "-Dai.djl.offline=true"));
        } else {
            command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"));
        }
        command.addAll(List.of("-jar", jar.toString()));
        return command;
    }
}
