package org.moraine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.moraine.contracts.Digest;
import org.moraine.stack.StackException;

/** A team's side of the wire: sends files and jobs to job-api as OpenAI's clients do, and pulls as the Hub's do. */
final class TeamClient {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String BOUNDARY = "moraine-3f9c1f6d8b0e";
    private static final int NOT_FOUND = 404;
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final String jobsUrl;
    private final String registryUrl;
    private final String key;

    TeamClient(String jobsUrl, String registryUrl, String key) {
        this.jobsUrl = jobsUrl;
        this.registryUrl = registryUrl;
        this.key = key;
    }

    /** A client that only pulls. */
    static TeamClient ofRegistry(String registryUrl, String key) {
        return new TeamClient("", registryUrl, key);
    }

    /** Uploads a training file and gives back its id. */
    String upload(String name, byte[] bytes) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--"
                        + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                        + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(bytes);
        body.writeBytes(("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return json(request(jobsUrl + "/v1/files")
                        .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                        .POST(BodyPublishers.ofByteArray(body.toByteArray())))
                .path("id")
                .asText();
    }

    /** Submits a job and gives back its id. */
    String submit(Map<String, Object> job) {
        try {
            return json(request(jobsUrl + "/v1/fine_tuning/jobs")
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(job))))
                    .path("id")
                    .asText();
        } catch (JsonProcessingException e) {
            throw new AssertionError("maps become JSON", e);
        }
    }

    /** The job object. */
    JsonNode job(String id) {
        return json(request(jobsUrl + "/v1/fine_tuning/jobs/" + id));
    }

    /** The job's last events, newest first. */
    JsonNode events(String id, int most) {
        return json(request(jobsUrl + "/v1/fine_tuning/jobs/" + id + "/events?limit=" + most))
                .path("data");
    }

    /** One file of a version, with the headers that say what it is. */
    HttpResponse<byte[]> resolve(String adapter, String version, String path) {
        return send(
                request(registryUrl + "/" + adapter + "/resolve/" + version + "/" + path), BodyHandlers.ofByteArray());
    }

    /** What the Hub says about a version. */
    JsonNode registry(String path) {
        return json(request(registryUrl + path));
    }

    /** What the registry answers, where that is small; empty where it has no such thing. */
    Optional<byte[]> bytes(String path) {
        HttpResponse<byte[]> response = answer(request(registryUrl + path).build(), BodyHandlers.ofByteArray());
        return response.statusCode() == NOT_FOUND
                ? Optional.empty()
                : Optional.of(required(response).body());
    }

    /** The SHA-256 of what the registry answers, however large it is. */
    Digest digest(String path) {
        HttpResponse<InputStream> response = send(request(registryUrl + path), BodyHandlers.ofInputStream());
        MessageDigest sha256 = Digest.sha256();
        byte[] buffer = new byte[1 << 16];
        try (InputStream bytes = response.body()) {
            for (int length; (length = bytes.read(buffer)) >= 0; ) {
                sha256.update(buffer, 0, length);
            }
        } catch (IOException e) {
            throw new StackException(response.uri() + " broke off: " + e.getMessage(), e);
        }
        return Digest.finished(sha256);
    }

    private HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).header("Authorization", "Bearer " + key);
    }

    private JsonNode json(HttpRequest.Builder builder) {
        HttpResponse<byte[]> response = send(builder, BodyHandlers.ofByteArray());
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new StackException(response.uri() + " answered what is no JSON: " + e.getMessage(), e);
        }
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder builder, HttpResponse.BodyHandler<T> handler) {
        return required(answer(builder.build(), handler));
    }

    private static <T> HttpResponse<T> required(HttpResponse<T> response) {
        if (response.statusCode() / 100 != 2) {
            throw new StackException(response.request().method() + " " + response.uri() + " was answered with "
                    + response.statusCode() + ": " + text(response.body()));
        }
        return response;
    }

    private <T> HttpResponse<T> answer(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return http.send(request, handler);
        } catch (IOException e) {
            throw new StackException(request.uri() + " does not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackException("Interrupted while waiting for " + request.uri(), e);
        }
    }

    private static String text(Object body) {
        try {
            byte[] bytes = body instanceof InputStream open ? open.readAllBytes() : (byte[]) body;
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(and broke off: " + e.getMessage() + ")";
        }
    }
}
