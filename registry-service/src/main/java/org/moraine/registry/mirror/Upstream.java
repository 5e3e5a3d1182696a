package org.moraine.registry.mirror;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;

/** The other Hub: what a revision of a model is, and its files. Throws {@link FileNotFoundException} where it has none. */
final class Upstream {

    private static final Duration ANSWER_WITHIN =
            Duration.ofSeconds(8); // the clients who wait for us give up after ten
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_ANSWER_BYTES = 32 << 20;

    private final String endpoint;
    private final @Nullable String token;
    private final ObjectMapper json;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(ANSWER_WITHIN)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    Upstream(URI endpoint, @Nullable String token, ObjectMapper json) {
        this.endpoint = endpoint.toString().replaceAll("/+$", "");
        this.token = token;
        this.json = json;
    }

    /**
     * What a revision is there.
     *
     * @param commit 40 hex digits
     */
    record Revision(String commit, List<File> files) {}

    /**
     * One of its files.
     *
     * @param digest null for a small one, which that Hub names otherwise
     */
    record File(String path, long size, @Nullable Digest digest) {}

    Revision revision(AdapterName model, String revision) throws IOException {
        JsonNode answer;
        try (InputStream body =
                get("/api/models/" + model + "/revision/" + revision.replace("/", "%2F") + "?blobs=true", null)) {
            answer = json.readTree(body.readNBytes(MOST_ANSWER_BYTES));
        }
        String commit = answer.path("sha").asText();
        if (!commit.matches("[0-9a-f]{40}")) {
            throw new IOException(endpoint + " names no commit of " + model);
        }
        List<File> files = new ArrayList<>();
        for (JsonNode file : answer.path("siblings")) {
            String digest = file.at("/lfs/sha256").asText("");
            files.add(new File(
                    file.path("rfilename").asText(),
                    file.path("size").asLong(),
                    digest.isEmpty() ? null : new Digest(digest)));
        }
        return new Revision(commit, files);
    }

    /** A file's bytes as they come, from {@code range} alone where it is given; the caller closes the stream. */
    InputStream open(AdapterName model, String commit, String path, @Nullable String range) throws IOException {
        return get("/" + model + "/resolve/" + commit + "/" + path, range);
    }

    /** Follows redirects itself: the key goes to the endpoint alone. */
    private InputStream get(String path, @Nullable String range) throws IOException {
        URI uri = URI.create(endpoint + path);
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                    .timeout(ANSWER_WITHIN)
                    .header("User-Agent", "moraine")
                    .header("Accept-Encoding", "identity");
            if (token != null && uri.toString().startsWith(endpoint + "/")) {
                request.header("Authorization", "Bearer " + token);
            }
            if (range != null) {
                request.header("Range", range);
            }
            HttpResponse<InputStream> response = send(request.build());
            int status = response.statusCode();
            if (status == (range == null ? 200 : 206)) {
                return response.body();
            }
            response.body().close();
            String location = response.headers().firstValue("Location").orElse(null);
            if (status / 100 != 3 || location == null) {
                throw status == 401 || status == 403 || status == 404
                        ? new FileNotFoundException(path + " is not there, or not for us")
                        : new IOException(uri + " answered " + status);
            }
            uri = uri.resolve(location);
            if (!"https".equals(uri.getScheme()) && !"http".equals(uri.getScheme())) {
                throw new IOException(path + " redirects to " + uri.getScheme());
            }
        }
        throw new IOException(path + " redirects more than " + MOST_REDIRECTS + " times");
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        try {
            return http.send(request, BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }
}
