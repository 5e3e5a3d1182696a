package org.moraine.registry;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.moraine.contracts.Digest;

/** A Hub as huggingface.co is: files over 1 MiB are large there, and come by a redirect. */
public final class OtherHub implements AutoCloseable {

    private static final Pattern REVISION = Pattern.compile("/api/models/([^/]+/[^/]+)/revision/(.+)");
    private static final Pattern RESOLVE = Pattern.compile("/(cdn/)?([^/]+/[^/]+)/resolve/([0-9a-f]{40})/(.+)");
    private static final int LARGE = 1 << 20;

    private final Map<String, Model> models = new ConcurrentHashMap<>();
    private final ObjectMapper json = new ObjectMapper();
    private final HttpServer server;
    private volatile boolean away;

    /** A model with one commit. */
    public static final class Model {
        private final Map<String, byte[]> files;
        private final Map<String, Long> said = new ConcurrentHashMap<>();
        private final List<String> pulled = new CopyOnWriteArrayList<>();
        private final Set<String> damaged = ConcurrentHashMap.newKeySet();

        public Model(Map<String, byte[]> files) {
            this.files = new TreeMap<>(files);
        }

        /** Another where any file is another. */
        public String commit() {
            StringBuilder all = new StringBuilder();
            files.forEach((path, bytes) -> all.append(path).append(Digest.of(bytes)));
            return Digest.of(all.toString().getBytes(StandardCharsets.UTF_8))
                    .hex()
                    .substring(0, 40);
        }

        /** How often all of a file was read. */
        public long pulls(String path) {
            return pulled.stream().filter(path::equals).count();
        }

        /** Has the Hub say another size of a file than it has. */
        public void say(String path, long size) {
            said.put(path, size);
        }

        private long size(Map.Entry<String, byte[]> file) {
            return said.getOrDefault(file.getKey(), (long) file.getValue().length);
        }

        public void damage(String path) {
            damaged.add(path);
        }

        public void mend(String path) {
            damaged.remove(path);
        }
    }

    OtherHub() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "other-hub");
            thread.setDaemon(true);
            return thread;
        }));
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public void put(String name, Model model) {
        models.put(name, model);
    }

    /** Answers nothing but 503. */
    public void goAway() {
        away = true;
    }

    public void comeBack() {
        away = false;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            Matcher revision = REVISION.matcher(path);
            Matcher resolve = RESOLVE.matcher(path);
            if (away) {
                exchange.sendResponseHeaders(503, -1);
            } else if (revision.matches() && models.containsKey(revision.group(1))) {
                describe(exchange, models.get(revision.group(1)), revision.group(2));
            } else if (resolve.matches() && models.containsKey(resolve.group(2))) {
                give(exchange, models.get(resolve.group(2)), resolve.group(4), resolve.group(1) != null);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private void describe(HttpExchange exchange, Model model, String revision) throws IOException {
        if (!revision.equals("main") && !revision.equals(model.commit())) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        List<Map<String, Object>> siblings = model.files.entrySet().stream()
                .map(file -> file.getValue().length <= LARGE
                        ? Map.<String, Object>of("rfilename", file.getKey(), "size", model.size(file))
                        : Map.<String, Object>of(
                                "rfilename",
                                file.getKey(),
                                "size",
                                model.size(file),
                                "lfs",
                                Map.of("sha256", Digest.of(file.getValue()).hex())))
                .toList();
        byte[] body = json.writeValueAsBytes(Map.of("sha", model.commit(), "siblings", siblings));
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    private void give(HttpExchange exchange, Model model, String path, boolean cdn) throws IOException {
        byte[] bytes = model.files.get(path);
        if (bytes == null) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        if (bytes.length > LARGE && !cdn) {
            exchange.getResponseHeaders()
                    .set("Location", "/cdn" + exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(302, -1);
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range != null) {
            String[] ends = range.substring("bytes=".length()).split("-");
            byte[] part = Arrays.copyOfRange(bytes, Integer.parseInt(ends[0]), Integer.parseInt(ends[1]) + 1);
            exchange.sendResponseHeaders(206, part.length);
            exchange.getResponseBody().write(part);
            return;
        }
        model.pulled.add(path);
        byte[] given = bytes.clone();
        if (model.damaged.contains(path)) {
            given[given.length / 2] ^= 1;
        }
        exchange.sendResponseHeaders(200, given.length);
        exchange.getResponseBody().write(given);
    }
}
