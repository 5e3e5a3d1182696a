package org.moraine.benchmarks;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.moraine.stack.Checkout;

/** A Quarkus service as a process of its own, on a free port of this machine, and what it takes of memory. */
final class ServiceProcess implements AutoCloseable {

    private static final Pattern HEAP = Pattern.compile("(?m)^jvm_memory_used_bytes\\{area=\"heap\",[^}]*} (\\S+)");
    private static final Pattern THREADS = Pattern.compile("(?m)^Threads:\\s+(\\d+)");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmHWM:\\s+(\\d+) kB");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Process process;
    private final URI root;

    private ServiceProcess(Process process, URI root) {
        this.process = process;
        this.root = root;
    }

    /** Starts the service of a module's folder; its options are those of {@code OPTIONS} and these. */
    static ServiceProcess start(Path folder, String module, List<String> options, Map<String, String> environment)
            throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add("-jar");
        command.add(Checkout.root()
                .resolve(module + "/target/quarkus-app/quarkus-run.jar")
                .toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        folder.resolve(module.replace('/', '-') + ".log").toFile());
        builder.environment().putAll(environment);
        builder.environment().put("QUARKUS_HTTP_HOST", "127.0.0.1");
        builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(port));
        return new ServiceProcess(builder.start(), URI.create("http://127.0.0.1:" + port));
    }

    URI at(String path) {
        return root.resolve(path);
    }

    /** Waits until a path is answered with a status. */
    void await(String path, int status) throws Exception {
        for (int tried = 0; tried < 600; tried++) {
            if (!process.isAlive()) {
                throw new IllegalStateException("A service ended with " + process.exitValue());
            }
            try {
                if (send("GET", path, "none", null).statusCode() == status) {
                    return;
                }
            } catch (IOException e) { // not yet
            }
            Thread.sleep(100);
        }
        throw new IllegalStateException(at(path) + " is not answered with " + status + " after a minute");
    }

    HttpResponse<byte[]> send(String method, String path, String key, @Nullable String json) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(at(path)).header("Authorization", "Bearer " + key);
        if (json != null) {
            request.header("Content-Type", "application/json");
        }
        return http.send(
                request.method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json))
                        .build(),
                BodyHandlers.ofByteArray());
    }

    /** As {@link #send}; throws where the answer is no success. */
    String require(String method, String path, String key, @Nullable String json) throws Exception {
        HttpResponse<byte[]> answer = send(method, path, key, json);
        String text = new String(answer.body(), StandardCharsets.UTF_8);
        if (answer.statusCode() / 100 != 2) {
            throw new IllegalStateException(
                    method + " " + path + " was answered with " + answer.statusCode() + ": " + text);
        }
        return text;
    }

    /** Bytes of heap that are in use, what no one refers to any more among them. */
    double heap() throws Exception {
        double sum = 0;
        for (Matcher matcher = HEAP.matcher(require("GET", "/q/metrics", "none", null)); matcher.find(); ) {
            sum += Double.parseDouble(matcher.group(1));
        }
        return sum;
    }

    int threads() throws IOException {
        return (int) status(THREADS);
    }

    /** The most bytes that were resident at one time, since the process began. */
    double peakResident() throws IOException {
        return status(RESIDENT) * 1024.0;
    }

    private long status(Pattern line) throws IOException {
        Matcher matcher = line.matcher(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
        if (!matcher.find()) {
            throw new IllegalStateException("The process does not say what it takes");
        }
        return Long.parseLong(matcher.group(1));
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }
}
