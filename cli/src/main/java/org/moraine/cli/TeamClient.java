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
import java.time.Duration;
import java.util.Map;
import org.moraine.stack.StackException;

/** A team's side of the wire: sends files and jobs to job-api as OpenAI's clients do, and pulls as the Hub's do. */
final class TeamClient {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String BOUNDARY = "moraine-3f9c1f6d8b0e";
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

    /** What the registry answers, where that is small. */
    byte[] bytes(String path) {
        return send(request(registryUrl + path), BodyHandlers.ofByteArray()).body();
    }

    /** What the registry answers, as it comes; the caller closes it. */
    InputStream open(String path) {
        HttpResponse<InputStream> response = send(request(registryUrl + path), BodyHandlers.ofInputStream());
        return response.body();
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
        HttpRequest request = builder.build();
        try {
            HttpResponse<T> response = http.send(request, handler);
            if (response.statusCode() / 100 != 2) {
                throw new StackException(request.method() + " " + request.uri() + " was answered with "
                        + response.statusCode() + ": " + text(response.body()));
            }
            return response;
        } catch (IOException e) {
            throw new StackException(request.uri() + " does not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackException("Interrupted while waiting for " + request.uri(), e);
        }
    }

    private static String text(Object body) throws IOException {
        byte[] bytes = body instanceof InputStream open ? open.readAllBytes() : (byte[]) body;
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
