package org.moraine.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store that answers one request with what it is told to, word for word. */
class ObjectBytesTest {

    private static final Duration WAIT = Duration.ofMillis(300);

    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    @Test
    void aStoreThatBreaksOffEarlyIsNoticed() throws Exception {
        answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nonly 7.", true);

        try (InputStream bytes = open(null).orElseThrow()) {
            assertThatThrownBy(bytes::readAllBytes)
                    .isInstanceOf(EOFException.class)
                    .hasMessageContaining("3 bytes early");
        }
    }

    @Test
    void aStoreThatFallsSilentIsNotWaitedForForEver() throws Exception {
        answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nonly 7.", false);

        try (InputStream bytes = open(null).orElseThrow()) {
            assertThatThrownBy(bytes::readAllBytes).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aRefusalARedirectAndTheWholeInsteadOfAPartAreNotTheBytes() throws Exception {
        answer("HTTP/1.1 503 Slow Down\r\nContent-Length: 3\r\n\r\nno.", true);
        assertThat(open(null)).isEmpty();
        answer("HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", true);
        assertThat(open(null)).isEmpty();
        answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nall", true);
        assertThat(open("bytes=0-1")).isEmpty();
    }

    @Test
    void aPartIsGivenWithTheTagOfTheWhole() throws Exception {
        answer("HTTP/1.1 206 Partial Content\r\nETag: \"abc\"\r\nContent-Length: 2\r\n\r\nal", true);

        try (ObjectBytes bytes = open("bytes=0-1").orElseThrow()) {
            assertThat(bytes.etag()).isEqualTo("abc");
            assertThat(bytes.readAllBytes()).asString(StandardCharsets.US_ASCII).isEqualTo("al");
        }
    }

    private Optional<ObjectBytes> open(@Nullable String range) throws IOException {
        return ObjectBytes.open(URI.create("http://127.0.0.1:" + server.getLocalPort() + "/object"), range, WAIT);
    }

    private void answer(String text, boolean thenClose) {
        CompletableFuture<Void> unused = CompletableFuture.runAsync(() -> {
            try {
                Socket socket = server.accept();
                while (!socket.isClosed()) {
                    byte[] request = new byte[4096];
                    if (socket.getInputStream().read(request) < 0) break;
                    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
                    if (thenClose) socket.close();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }
}
