package org.moraine.registry.mirror;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;

/** The other Hub: what a revision of a model is, and its files. Throws {@link FileNotFoundException} where it has none. */
final class Upstream {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(8); // the clients who wait for us give up after ten
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_ANSWER_BYTES = 32 << 20;

    private final String endpoint;
    private final @Nullable String token;
    private final ObjectMapper json;
    private final int waitMillis;

    Upstream(URI endpoint, @Nullable String token, ObjectMapper json) {
        this(endpoint, token, json, LONGEST_WAIT);
    }

    /** Takes for how long it waits for an answer, and for each next bytes of it, before it throws. */
    Upstream(URI endpoint, @Nullable String token, ObjectMapper json, Duration wait) {
        this.endpoint = endpoint.toString().replaceAll("/+$", "");
        this.token = token;
        this.json = json;
        this.waitMillis = Math.toIntExact(wait.toMillis());
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
            HttpURLConnection connection = connection(uri, range);
            int status = connection.getResponseCode();
            if (status == (range == null ? HttpURLConnection.HTTP_OK : HttpURLConnection.HTTP_PARTIAL)) {
                return connection.getInputStream();
            }
            String location = connection.getHeaderField("Location");
            connection.disconnect();
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

    private HttpURLConnection connection(URI uri, @Nullable String range) throws IOException {
        if (!(uri.toURL().openConnection() instanceof HttpURLConnection connection)) {
            throw new IOException(uri + " is no address on the web");
        }
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(waitMillis);
        connection.setReadTimeout(waitMillis);
        connection.setRequestProperty("User-Agent", "moraine");
        connection.setRequestProperty("Accept-Encoding", "identity");
        if (token != null && uri.toString().startsWith(endpoint + "/")) {
            connection.setRequestProperty("Authorization", "Bearer " + token);
        }
        if (range != null) {
            connection.setRequestProperty("Range", range);
        }
        return connection;
    }
}
