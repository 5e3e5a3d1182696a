package org.moraine.blobs;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object's bytes as they come from the store, read with Java's own client by a signed link: it hands them over in pieces
 * as large as they are asked for, where the SDK's client makes a system call and two copies for each 8 KB.
 */
final class ObjectBytes extends FilterInputStream {

    private static final int CONNECT_MILLIS = 5_000;

    private final HttpURLConnection connection;
    private long left;

    private ObjectBytes(HttpURLConnection connection) throws IOException {
        super(connection.getInputStream());
        this.connection = connection;
        this.left = connection.getContentLengthLong();
    }

    /**
     * Asks for an object; empty where the store answers with anything but its bytes.
     *
     * @param range as in HTTP; null for all of it
     * @param wait for how long more bytes are waited for, at most
     */
    static Optional<ObjectBytes> open(URI link, @Nullable String range, Duration wait) throws IOException {
        if (!(link.toURL().openConnection() instanceof HttpURLConnection connection)) {
            throw new IOException("An object store's address begins with http:// or https://");
        }
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(Math.toIntExact(wait.toMillis()));
        connection.setRequestProperty("Accept", "*/*");
        connection.setRequestProperty("Accept-Encoding", "identity");
        if (range != null) {
            connection.setRequestProperty("Range", range);
        }
        int wanted = range == null ? HttpURLConnection.HTTP_OK : HttpURLConnection.HTTP_PARTIAL;
        if (connection.getResponseCode() != wanted || connection.getContentLengthLong() < 0) {
            connection.disconnect();
            return Optional.empty();
        }
        return Optional.of(new ObjectBytes(connection));
    }

    String etag() {
        String etag = connection.getHeaderField("ETag");
        return etag == null ? "" : etag.replace("\"", "");
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** Throws where the store breaks off before the end that it announced. */
    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        int n = super.read(into, from, length);
        if (n > 0) {
            left -= n;
        } else if (n < 0 && left > 0) {
            throw new EOFException("The object store broke off " + left + " bytes early");
        }
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        long skipped = super.skip(n);
        left -= skipped;
        return skipped;
    }
}
