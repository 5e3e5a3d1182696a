package org.moraine.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Asks the running service over HTTP, with somebody's key. */
public final class Client {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final URI service;
    private final String key;
    private final List<String> headers;

    Client(URI service, String key) {
        this(service, key, List.of());
    }

    private Client(URI service, String key, List<String> headers) {
        this.service = service;
        this.key = key;
        this.headers = headers;
    }

    /** A client that sends these headers too; they are given as name, value, name, value. */
    public Client with(String... headers) {
        return new Client(service, key, List.of(headers));
    }

    /** What was answered. */
    public record Answer(int status, HttpHeaders headers, byte[] bytes) {

        public JsonNode json() {
            try {
                return JSON.readTree(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        public String header(String name) {
            return headers.firstValue(name).orElse("");
        }

        /** The JSON of an answer that must be a good one. */
        public JsonNode ok() {
            if (status != 200) {
                throw new AssertionError("answered " + status + ": " + text());
            }
            return json();
        }
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    /** Posts JSON; headers are given as name, value, name, value. */
    public Answer post(String path, Object body, String... headers) {
        HttpRequest.Builder request = request(path).header("Content-Type", "application/json");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.POST(HttpRequest.BodyPublishers.ofString(json(body))));
    }

    /** Posts nothing at all, as OpenAI's clients do with cancel. */
    public Answer post(String path) {
        return send(request(path).POST(HttpRequest.BodyPublishers.noBody()));
    }

    public Answer put(String path, Object body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(json(body))));
    }

    public Answer put(String path, byte[] body) {
        return send(request(path).PUT(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    public Answer put(String path) {
        return send(request(path).PUT(HttpRequest.BodyPublishers.noBody()));
    }

    /** Posts a file as a multipart body as it is written, in chunks of unknown number. */
    public Answer postParts(String boundary, Supplier<InputStream> body) {
        return postParts("/v1/files", boundary, body);
    }

    public Answer postParts(String path, String boundary, Supplier<InputStream> body) {
        return send(request(path)
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(HttpRequest.BodyPublishers.ofInputStream(body)));
    }

    /** Uploads a training file and gives its id. */
    public String upload(String content) {
        return postParts(
                        "b0undary",
                        () -> Multipart.with("b0undary")
                                .field("purpose", "fine-tune")
                                .file("training.jsonl", content)
                                .end())
                .ok()
                .get("id")
                .asText();
    }

    /** Opens a stream of lines, with the headers given. */
    public HttpResponse<Stream<String>> lines(String path, String... headers) {
        HttpRequest.Builder request = request(path).GET();
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofLines());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(service.resolve(path));
        if (!headers.isEmpty()) {
            request.headers(headers.toArray(String[]::new));
        }
        return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
    }

    private static Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<byte[]> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            Answer answer = new Answer(response.statusCode(), response.headers(), response.body());
            Description.check(response.request().method(), response.uri().getRawPath(), answer);
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String json(Object body) {
        try {
            return body instanceof String text ? text : JSON.writeValueAsString(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
