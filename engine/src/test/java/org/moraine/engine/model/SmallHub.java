package org.moraine.engine.model;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;

/**
 * A server with the Hub's two routes for one model, {@code owner/small}: small files are answered at once, weights by a
 * redirect to a second server, as the Hub does.
 */
final class SmallHub implements AutoCloseable {

    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer hub = server();
    private final HttpServer store = server();
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    /** Each request as "method path [token]"; those at the second server begin with "store". */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** What the token has to be, null where none is asked for. */
    @Nullable
    String token;
    /** Bytes of a weight file after which the connection breaks, -1 for all of them. */
    volatile int breaksAfter = -1;
    /** Whether weights come with a byte changed. */
    volatile boolean corrupts;
    /** Whether the digests are left out. */
    volatile boolean withoutDigests;
    /** Where weights are redirected to, null for the second server. */
    volatile @Nullable String redirect;

    SmallHub() throws IOException {
        hub.createContext("/api/models/owner/small/revision/", this::revision);
        hub.createContext("/owner/small/resolve/" + COMMIT + "/", this::file);
        store.createContext("/", this::stored);
    }

    private HttpServer server() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.start();
            return server;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    SmallHub with(String file, byte[] bytes) {
        files.put(file, bytes);
        return this;
    }

    SmallHub with(String file, String text) {
        return with(file, text.getBytes(StandardCharsets.UTF_8));
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort() + "/");
    }

    long asked(String file) {
        return requests.stream().filter(request -> request.contains("/" + file)).count();
    }

    private void revision(HttpExchange exchange) throws IOException {
        if (!admitted(exchange, "GET")) {
            return;
        }
        String revision = exchange.getRequestURI().getRawPath().replaceFirst(".*/revision/", "");
        if (!List.of("main", "v1", "refs%2Fpr%2F1", COMMIT).contains(revision)) {
            answer(exchange, 404, "{}".getBytes(StandardCharsets.UTF_8));
            return;
        }
        String siblings = files.keySet().stream()
                .map(file -> "{\"rfilename\": \"" + file + "\"}")
                .collect(Collectors.joining(","));
        answer(
                exchange,
                200,
                ("{\"id\": \"owner/small\", \"sha\": \"" + COMMIT + "\", \"siblings\": [" + siblings + "]}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    private void file(HttpExchange exchange) throws IOException {
        if (!admitted(exchange, "GET")) {
            return;
        }
        String name = exchange.getRequestURI().getPath().replaceFirst(".*/", "");
        byte[] bytes = files.get(name);
        if (bytes == null) {
            answer(exchange, 404, new byte[0]);
        } else if (name.endsWith(".safetensors")) {
            if (!withoutDigests) {
                exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + Digest.of(bytes) + "\"");
                exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(bytes.length));
            }
            String to = redirect;
            exchange.getResponseHeaders().set("ETag", "\"not a digest\"");
            exchange.getResponseHeaders()
                    .set(
                            "Location",
                            to != null
                                    ? to
                                    : "http://localhost:" + store.getAddress().getPort() + "/" + name);
            answer(exchange, 302, new byte[0]);
        } else {
            exchange.getResponseHeaders().set("ETag", "\"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\"");
            answer(exchange, 200, bytes);
        }
    }

    private void stored(HttpExchange exchange) throws IOException {
        requests.add("store " + described(exchange));
        byte[] kept = files.get(exchange.getRequestURI().getPath().substring(1));
        if (kept == null) {
            throw new AssertionError("only redirects lead here");
        }
        byte[] bytes = kept.clone();
        if (corrupts) {
            bytes[bytes.length / 2] ^= 1;
        }
        exchange.getResponseHeaders().set("ETag", "\"" + "0".repeat(64) + "\"");
        if (breaksAfter < 0) {
            answer(exchange, 200, bytes);
            return;
        }
        exchange.sendResponseHeaders(200, bytes.length);
        OutputStream out = exchange.getResponseBody();
        out.write(bytes, 0, breaksAfter);
        out.flush();
        exchange.close(); // fewer bytes than announced
    }

    private boolean admitted(HttpExchange exchange, String method) throws IOException {
        requests.add(described(exchange));
        if (token != null
                && !("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            answer(exchange, 401, new byte[0]);
            return false;
        }
        return true;
    }

    private static String described(HttpExchange exchange) {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        return exchange.getRequestMethod() + " " + exchange.getRequestURI() + (authorization == null ? "" : " token");
    }

    private static void answer(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    @Override
    public void close() {
        hub.stop(0);
        store.stop(0);
        threads.shutdownNow();
    }
}
