package org.moraine.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;

/** The two routes of the Hugging Face Hub that a model is read by: what a revision is, and one file of it. */
final class Hub {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 60_000;
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_ANSWER_BYTES = 32 << 20;
    private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private final String endpoint;
    private final @Nullable String token;

    Hub(URI endpoint, @Nullable String token) {
        this.endpoint = endpoint.toString().replaceAll("/+$", "");
        this.token = token;
    }

    String endpoint() {
        return endpoint;
    }

    /** Asks which commit a revision is and which files stand at its top; {@link Absent} where there is none. */
    Revision revision(HubModel model) throws IOException {
        URI uri = uri(
                "/api/models/" + model.id() + "/revision/" + model.revision().replace("/", "%2F"));
        JsonNode answer;
        try (Answer body = get(uri)) {
            answer = JSON.readTree(body.in().readNBytes(MOST_ANSWER_BYTES));
        }
        String commit = answer.path("sha").asText();
        if (!HubModel.isCommit(commit)) {
            throw new IOException(uri + " names no commit");
        }
        Set<String> files = new LinkedHashSet<>();
        for (JsonNode sibling : answer.path("siblings")) {
            String file = sibling.path("rfilename").asText();
            if (FILE.matcher(file).matches()) {
                files.add(file);
            }
        }
        return new Revision(model.id(), commit, files);
    }

    /** Opens one file of a commit; the caller closes it. */
    Answer file(Revision revision, String file) throws IOException {
        return get(uri("/" + revision.id() + "/resolve/" + revision.commit() + "/" + file));
    }

    private URI uri(String path) {
        return URI.create(endpoint + path);
    }

    /** Follows redirects itself: the token goes to the endpoint's own host alone, and never from https to http. */
    private Answer get(URI first) throws IOException {
        URI uri = first;
        Digest promised = null;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpURLConnection connection = open(uri);
            int status = connection.getResponseCode();
            if (hop == 0 || isEndpoint(uri)) {
                promised = digest(connection).orElse(promised);
            }
            if (status == HttpURLConnection.HTTP_OK) {
                return new Answer(uri, connection.getInputStream(), connection.getContentLengthLong(), promised);
            }
            String location = connection.getHeaderField("Location");
            connection.disconnect();
            if (status < 300 || status >= 400 || location == null) {
                throw status == 401 || status == 403 || status == 404
                        ? new Absent(uri + " answered " + status)
                        : new IOException(uri + " answered " + status);
            }
            uri = redirected(uri, location);
        }
        throw new IOException(first + " redirects more than " + MOST_REDIRECTS + " times");
    }

    private HttpURLConnection open(URI uri) throws IOException {
        if (!(uri.toURL().openConnection() instanceof HttpURLConnection connection)) {
            throw new IOException(uri + " is no address on the web");
        }
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        connection.setRequestProperty("User-Agent", "moraine");
        connection.setRequestProperty("Accept-Encoding", "identity");
        if (token != null && isEndpoint(uri)) {
            connection.setRequestProperty("Authorization", "Bearer " + token);
        }
        return connection;
    }

    private boolean isEndpoint(URI uri) throws IOException {
        URL own = URI.create(endpoint).toURL();
        URL other = uri.toURL();
        return own.getProtocol().equals(other.getProtocol())
                && own.getHost().equalsIgnoreCase(other.getHost())
                && port(own) == port(other);
    }

    private static int port(URL url) {
        return url.getPort() < 0 ? url.getDefaultPort() : url.getPort();
    }

    private static URI redirected(URI from, String location) throws IOException {
        try {
            URI to = from.resolve(new URI(location));
            boolean web = "https".equals(to.getScheme()) || "http".equals(to.getScheme());
            if (!web || ("https".equals(from.getScheme()) && "http".equals(to.getScheme()))) {
                throw new IOException(from + " redirects to " + to.getScheme() + ", which is not followed");
            }
            return to;
        } catch (URISyntaxException e) {
            throw new IOException(from + " redirects to no address", e);
        }
    }

    private static Optional<Digest> digest(HttpURLConnection connection) {
        for (String header : new String[] {"X-Linked-Etag", "ETag"}) {
            String value = connection.getHeaderField(header);
            String bare = value == null ? "" : value.replaceFirst("^W/", "").replace("\"", "");
            if (DIGEST.matcher(bare).matches()) {
                return Optional.of(new Digest(bare));
            }
        }
        return Optional.empty();
    }

    /**
     * A commit of a model.
     *
     * @param files the files at its top whose names are plain
     */
    record Revision(String id, String commit, Set<String> files) {}

    /**
     * A file's bytes as they come.
     *
     * @param length as announced, -1 where it is not
     * @param digest what the endpoint says the bytes' SHA-256 is, null where it says nothing
     */
    record Answer(
            URI from, InputStream in, long length, @Nullable Digest digest) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** The endpoint has no such thing, or none that we may see. */
    static final class Absent extends IOException {

        private static final long serialVersionUID = 1;

        Absent(String message) {
            super(message);
        }
    }
}
