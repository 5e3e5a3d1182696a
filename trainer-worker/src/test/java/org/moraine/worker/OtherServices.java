package org.moraine.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobId;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Lease;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Publication;
import org.moraine.contracts.SavedCheckpoint;
import org.moraine.contracts.WorkerPresence;

/**
 * job-api and registry-service as the worker meets them: an HTTP server with leases, training files, blobs and
 * versions in memory, which can be told to lose a lease or to be away.
 */
public final class OtherServices implements AutoCloseable {

    /** How long a lease lasts here. */
    static final Duration LEASE = Duration.ofSeconds(3);

    private static final String LINK = "/linked/";

    /** The workers' credential here. */
    static final String KEY = "the-workers-key";

    private final ObjectMapper json;
    private final Map<JobId, Job> jobs = new ConcurrentHashMap<>();
    private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<JobId, Publication> published = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final int port;

    private HttpServer server;
    private volatile @Nullable WorkerPresence presence;
    private volatile @Nullable Publication newest;

    /** A job as job-api holds it. */
    static final class Job {
        final JobSpec spec;
        final byte[] trainingFile;
        final byte[] validationFile;
        volatile int attempt = 1;
        volatile JobCommand.@Nullable Kind command;
        volatile boolean leaseLost;

        /** Every claim is answered with 503. */
        volatile boolean claimsFail;

        /** The lease is lost in the moment in which the first blob comes. */
        volatile boolean loseOnUpload;

        /** What was saved, newest first. */
        final List<SavedCheckpoint> checkpoints = new CopyOnWriteArrayList<>();

        private Job(JobSpec spec, byte[] trainingFile, byte[] validationFile) {
            this.spec = spec;
            this.trainingFile = trainingFile;
            this.validationFile = validationFile;
        }
    }

    private record Answer(int status, byte[] body) {}

    OtherServices(ObjectMapper json) {
        this.json = json;
        this.server = listen(0);
        this.port = server.getAddress().getPort();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    Job add(JobSpec spec, byte[] trainingFile) {
        return add(spec, trainingFile, new byte[0]);
    }

    Job add(JobSpec spec, byte[] trainingFile, byte[] validationFile) {
        Job job = new Job(spec, trainingFile, validationFile);
        jobs.put(spec.job(), job);
        return job;
    }

    Optional<Publication> published(JobId job) {
        return Optional.ofNullable(published.get(job));
    }

    byte[] blob(Digest digest) {
        return Optional.ofNullable(blobs.get(digest)).orElseThrow();
    }

    /** What the worker said of itself last. */
    Optional<WorkerPresence> presence() {
        return Optional.ofNullable(presence);
    }

    /** What was asked so far, such as {@code PUT /internal/workers/a}. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    /** Stops listening, so that connections are refused. */
    void goAway() {
        server.stop(0);
    }

    void comeBack() {
        server = listen(port);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private HttpServer listen(int port) {
        try {
            HttpServer made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            made.createContext("/", this::handle);
            made.setExecutor(threads);
            made.start();
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            String path = exchange.getRequestURI().getPath();
            byte[] body = exchange.getRequestBody().readAllBytes();
            requests.add(method + " " + path);
            String key = exchange.getRequestHeaders().getFirst("Authorization");
            if (path.startsWith(LINK)) {
                Digest digest = new Digest(path.substring(LINK.length()));
                byte[] bytes = key == null ? blob(digest) : new byte[0];
                exchange.sendResponseHeaders(key == null ? 200 : 400, bytes.length);
                exchange.getResponseBody().write(bytes);
                return;
            }
            Answer answer = ("Bearer " + KEY).equals(key)
                    ? answer(method, path.split("/", -1), body)
                    : problem(401, "invalid_api_key");
            if (answer.status == 302) {
                exchange.getResponseHeaders().set("Location", new String(answer.body, StandardCharsets.UTF_8));
            }
            boolean bare = method.equals("HEAD") || answer.body.length == 0;
            exchange.sendResponseHeaders(answer.status, bare ? -1 : answer.body.length);
            if (!bare) {
                exchange.getResponseBody().write(answer.body);
            }
        }
    }

    private Answer answer(String method, String[] path, byte[] body) throws IOException {
        String route = method + " " + path[1] + "/" + path[2] + (path.length > 3 ? "/" + path[3] : "");
        if (route.startsWith("PUT internal/workers/")) {
            presence = json.readValue(body, WorkerPresence.class);
            return new Answer(204, new byte[0]);
        } else if (route.equals("POST internal/leases")) {
            Lease.Claim claim = json.readValue(body, Lease.Claim.class);
            if (job(claim.job()).claimsFail) {
                return problem(503, "not_now");
            }
            return lease(claim.job(), claim.attempt(), "stale_attempt");
        } else if (route.startsWith("PUT internal/leases/")) {
            return lease(new JobId(path[3]), Integer.parseInt(path[4]), "lease_lost");
        } else if (route.startsWith("DELETE internal/leases/")) {
            return new Answer(204, new byte[0]);
        } else if (route.startsWith("GET internal/jobs/")) {
            Job job = job(new JobId(path[3]));
            return new Answer(200, path[5].equals("training-file") ? job.trainingFile : job.validationFile);
        } else if (path[2].equals("checkpoints")) {
            return checkpoint(method, job(new JobId(path[3])), path, body);
        } else if (route.equals("HEAD api/v1/blobs")) {
            return blobs.containsKey(new Digest(path[4])) ? new Answer(200, new byte[0]) : problem(404, "absent");
        } else if (route.equals("PUT api/v1/blobs")) {
            jobs.values().stream().filter(job -> job.loseOnUpload).forEach(job -> job.leaseLost = true);
            blobs.put(Digest.of(body), body);
            return Digest.of(body).equals(new Digest(path[4])) ? new Answer(201, new byte[0]) : problem(400, "digest");
        } else if (route.equals("POST api/v1/adapters") && path[6].equals("versions")) {
            return version(json.readValue(body, Publication.class));
        } else if (route.equals("GET api/v1/adapters")) {
            return versionOf(path[7])
                    .map(version -> new Answer(200, written(Map.of("manifest", version.manifest(), "version", 1))))
                    .orElse(problem(404, "version_not_found"));
        } else if (method.equals("GET") && path[3].equals("resolve")) {
            return new Answer(302, link(path).getBytes(StandardCharsets.UTF_8));
        }
        return problem(404, "no_route");
    }

    /** There is one version, the one that was published last. */
    private Optional<Publication> versionOf(String number) {
        return number.equals("1") ? Optional.ofNullable(newest) : Optional.empty();
    }

    /** Where the bytes of a version's file are, for who sends no key. */
    private String link(String[] path) {
        String wanted = String.join("/", List.of(path).subList(5, path.length));
        return versionOf("1").orElseThrow().manifest().files().stream()
                .filter(file -> file.path().equals(wanted))
                .map(file -> LINK + file.digest())
                .findFirst()
                .orElseThrow();
    }

    private byte[] written(Object value) {
        try {
            return json.writeValueAsBytes(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Job job(JobId id) {
        return Optional.ofNullable(jobs.get(id)).orElseThrow();
    }

    private Answer lease(JobId id, int attempt, String codeOfRefusal) throws IOException {
        Job job = job(id);
        if (attempt != job.attempt || job.leaseLost) {
            return problem(409, codeOfRefusal);
        }
        Lease lease = new Lease(id, attempt, Instant.now().plus(LEASE), job.command, job.spec);
        return new Answer(200, json.writeValueAsBytes(lease));
    }

    private Answer checkpoint(String method, Job job, String[] path, byte[] body) throws IOException {
        if (Integer.parseInt(path[4]) != job.attempt || job.leaseLost) {
            return problem(409, "lease_lost");
        } else if (method.equals("PUT")) {
            blobs.put(new Digest(path[6]), body);
        } else if (method.equals("POST")) {
            job.checkpoints.add(0, json.readValue(body, SavedCheckpoint.class));
        } else if (path.length > 6) {
            return new Answer(200, blob(new Digest(path[6])));
        } else {
            return new Answer(200, json.writeValueAsBytes(job.checkpoints));
        }
        return new Answer(204, new byte[0]);
    }

    /** Other bytes under the name of a version's file, as a broken store has them. */
    void damage(Manifest.File file) {
        blobs.put(file.digest(), new byte[(int) file.size()]);
    }

    /** Other bytes under the names of a checkpoint's files, as a broken disk has them. */
    void damage(SavedCheckpoint checkpoint) {
        checkpoint.manifest().files().forEach(this::damage);
    }

    private Answer version(Publication publication) throws IOException {
        if (!publication.manifest().files().stream().allMatch(file -> blobs.containsKey(file.digest()))) {
            return problem(409, "blob_missing");
        }
        newest = publication;
        Publication first = published.putIfAbsent(publication.job(), publication);
        Publication made = first == null ? publication : first;
        JobSpec spec = job(publication.job()).spec;
        return new Answer(
                first == null ? 201 : 200,
                json.writeValueAsBytes(
                        new Publication.Made(spec.adapter(), 1, made.manifest().commit())));
    }

    private Answer problem(int status, String code) throws IOException {
        Problem problem = new Problem(Problem.Category.CONFLICT, code, "as the test wants it", null);
        return new Answer(status, json.writeValueAsBytes(problem));
    }
}
