package org.moraine.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Another of Moraine's services over HTTP, called with the workers' key. A connection that fails and an answer that
 * promises nothing (5xx, 408, 429) mean that the service is away; a link to where the bytes are is followed once, without
 * the key; any other answer that is no 2xx is {@link Declined}.
 * Shared between threads.
 */
public final class Peer {

    private static final Logger LOG = Logger.getLogger(Peer.class);
    private static final String AUTHORIZATION = "Authorization";
    private static final int FOUND = 302;
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);
    private static final long SLOWEST_BYTES_A_SECOND = 100_000;
    private static final Duration FIRST_WAIT = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final String name;
    private final URI root;
    private final String authorization;
    private final ObjectMapper json;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT_WITHIN).build();

    /**
     * @param name the service's name in messages
     * @param key the workers' credential
     */
    public Peer(String name, URI root, String key, ObjectMapper json) {
        this.name = name;
        this.root = root;
        this.authorization = "Bearer " + key;
        this.json = json;
    }

    /** Begins a request for a path under the service's root. */
    public HttpRequest.Builder request(String path) {
        String base = root.toString();
        URI uri = URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
        return HttpRequest.newBuilder(uri).header(AUTHORIZATION, authorization);
    }

    /** Begins a request that sends a record as JSON. */
    public HttpRequest.Builder send(String method, String path, Object body) {
        try {
            return request(path)
                    .header("Content-Type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)));
        } catch (JsonProcessingException e) {
            throw new AssertionError("a contract's record is always written", e);
        }
    }

    /** What a try does; it may be made several times. */
    public interface Try<T> {
        T make() throws IOException;
    }

    /**
     * Makes the try again, with a growing pause between, while the service is away.
     *
     * @throws LostConnection where it is away for all of {@code patience}
     * @throws Declined where it answers that it will not
     */
    public <T> T persist(Duration patience, Try<T> attempted) {
        long end = System.nanoTime() + patience.toNanos();
        Duration wait = FIRST_WAIT;
        while (true) {
            try {
                return attempted.make();
            } catch (InterruptedIOException e) {
                throw new UncheckedIOException(e);
            } catch (IOException e) {
                if (System.nanoTime() + wait.toNanos() > end) {
                    throw new LostConnection(name, patience, e);
                }
                LOG.warnf("%s is away, trying again in %d ms: %s", name, wait.toMillis(), e.toString());
                pause(wait);
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
        }
    }

    private static void pause(Duration wait) {
        try {
            Thread.sleep(wait.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException());
        }
    }

    /** One try of a request whose answer is small; see the class for what it throws. */
    public byte[] once(HttpRequest.Builder request) throws IOException {
        return once(request, 0);
    }

    /** One try of a request that sends this many bytes. */
    public byte[] once(HttpRequest.Builder request, long bytes) throws IOException {
        return exchange(request, bytes, BodySubscribers::ofByteArray).body;
    }

    /** One try of a request whose answer is read as JSON. */
    public <T> T once(HttpRequest.Builder request, Class<T> type) throws IOException {
        return json.readValue(once(request), type);
    }

    /** One try of a request whose answer becomes a file; what a failed try leaves there is the next one's to replace. */
    public void fetch(HttpRequest.Builder request, Path file, long bytes) throws IOException {
        exchange(request, bytes, () -> BodySubscribers.mapping(BodySubscribers.ofFile(file), path -> new byte[0]));
    }

    private interface Body {
        HttpResponse.BodySubscriber<byte[]> subscriber();
    }

    private record Answer(int status, byte[] body) {}

    private Answer exchange(HttpRequest.Builder request, long bytes, Body wanted) throws IOException {
        CompletableFuture<HttpResponse<Answer>> exchange = http.sendAsync(
                request.build(),
                head -> BodySubscribers.mapping(
                        head.statusCode() / 100 == 2 ? wanted.subscriber() : BodySubscribers.ofByteArray(),
                        body -> new Answer(head.statusCode(), body)));
        HttpResponse<Answer> response = await(exchange, ANSWER_WITHIN.plusSeconds(bytes / SLOWEST_BYTES_A_SECOND));
        Answer answer = response.body();
        int status = answer.status;
        if (status == FOUND && isOurs(request)) {
            String link = response.headers().firstValue("Location").orElse("");
            return exchange(HttpRequest.newBuilder(root.resolve(link)), bytes, wanted);
        }
        if (status / 100 == 2) {
            return answer;
        }
        String text = new String(answer.body, StandardCharsets.UTF_8);
        if (status >= 500 || status == 408 || status == 429) {
            throw new IOException(name + " answered " + status + " " + shortened(text));
        }
        throw declined(status, text);
    }

    /** Whether a request has the workers' key, which where a link leads to must not see. */
    private static boolean isOurs(HttpRequest.Builder request) {
        return request.build().headers().firstValue(AUTHORIZATION).isPresent();
    }

    /** Waits for the whole answer, which the client's own timeouts do not cover. */
    private <T> T await(CompletableFuture<T> exchange, Duration limit) throws IOException {
        try {
            return exchange.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            exchange.cancel(true);
            throw new HttpTimeoutException(name + " gave no whole answer within " + limit.toSeconds() + " s");
        } catch (InterruptedException e) {
            exchange.cancel(true);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(e.getCause());
        }
    }

    /** Both shapes of refusal: a Problem, and RFC 9457's. */
    private Declined declined(int status, String text) {
        try {
            JsonNode node = json.readTree(text);
            String message = node.path("message").asText(node.path("detail").asText(""));
            return new Declined(name, status, node.path("code").asText(""), message);
        } catch (JsonProcessingException e) {
            return new Declined(name, status, "", shortened(text));
        }
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "...";
    }
}
