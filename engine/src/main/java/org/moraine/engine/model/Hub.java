package org.moraine.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.ModelSource;

/**
 * The Hugging Face Hub, or another endpoint with the two routes by which a model is read: what a revision is, and one file
 * of it. Names are {@code owner/name} or {@code owner/name@revision}, a revision being a branch, tag or commit.
 */
final class Hub implements ModelSource {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 60_000;
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_ANSWER_BYTES = 32 << 20;
    private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
    private static final Pattern NAME =
            Pattern.compile("(?<id>" + PART + "/" + PART + ")(?:@(?<revision>[A-Za-z0-9][A-Za-z0-9._/-]{0,127}))?");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private final String endpoint;
    private final @Nullable String token;

    Hub(URI endpoint, @Nullable String token) {
        this.endpoint = endpoint.toString().replaceAll("/+$", "");
        this.token = token;
    }

    @Override
    public String form() {
        return "owner/name[@revision]";
    }

    @Override
    public String place() {
        return endpoint;
    }

    @Override
    public Optional<Name> read(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches() || name.contains("..") || name.contains("--")) {
            return Optional.empty();
        }
        String revision = matcher.group("revision");
        return Optional.of(new Name(matcher.group("id"), revision == null ? "main" : revision));
    }

    @Override
    public Revision revision(Name name) throws IOException {
        URI uri =
                uri("/api/models/" + name.id() + "/revision/" + name.revision().replace("/", "%2F"));
        JsonNode answer;
        try (Download body = get(uri)) {
            answer = JSON.readTree(body.in().readNBytes(MOST_ANSWER_BYTES));
        }
        String commit = answer.path("sha").asText();
        if (!Revision.isCommit(commit)) {
            throw new IOException(uri + " names no commit");
        }
        Map<String, String> files = new HashMap<>();
        for (JsonNode sibling : answer.path("siblings")) {
            String file = sibling.path("rfilename").asText();
            if (Revision.isPlain(file)) {
                files.put(file, "");
            }
        }
        return new Revision(name, commit, files);
    }

    @Override
    public Download open(Revision revision, String file) throws IOException {
        return get(uri("/" + revision.name().id() + "/resolve/" + revision.commit() + "/" + file));
    }

    private URI uri(String path) {
        return URI.create(endpoint + path);
    }

    /** Follows redirects itself: the token goes to the endpoint's own host alone, and never from https to http. */
    private Download get(URI first) throws IOException {
        URI uri = first;
        Digest promised = null;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpURLConnection connection = open(uri);
            int status = connection.getResponseCode();
            if (hop == 0 || isEndpoint(uri)) {
                promised = digest(connection).orElse(promised);
            }
            if (status == HttpURLConnection.HTTP_OK) {
                return new Download(
                        uri.toString(), connection.getInputStream(), connection.getContentLengthLong(), promised);
            }
            String location = connection.getHeaderField("Location");
            connection.disconnect();
            if (status < 300 || status >= 400 || location == null) {
                throw status == 401 || status == 403 || status == 404
                        ? new Absent(endpoint + " has no such model, or asks for a token (HF_TOKEN) that may read it")
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
}
