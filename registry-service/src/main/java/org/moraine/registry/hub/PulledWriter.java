package org.moraine.registry.hub;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveResourceInfo;
import org.jboss.resteasy.reactive.server.spi.ServerHttpResponse;
import org.jboss.resteasy.reactive.server.spi.ServerMessageBodyWriter;
import org.jboss.resteasy.reactive.server.spi.ServerRequestContext;

/**
 * Sends a {@link Pulled} at the client's pace: the next piece is read while the one before is on its way, and sent when
 * the network has taken that one, so a pull holds two pieces and no more. (Quarkus's own stream lets hundreds queue up
 * where many pull at once.) Where the object store breaks off in the middle the connection is cut, so that no client
 * takes a part for the whole.
 */
@Provider
public final class PulledWriter implements ServerMessageBodyWriter<Pulled> {

    private static final Logger LOG = Logger.getLogger(PulledWriter.class);
    private static final int PIECE = 1 << 16;

    @Override
    public boolean isWriteable(Class<?> type, Type generic, ResteasyReactiveResourceInfo resource, MediaType media) {
        return type == Pulled.class;
    }

    @Override
    public boolean isWriteable(Class<?> type, Type generic, Annotation[] annotations, MediaType media) {
        return type == Pulled.class;
    }

    /** Throws where not even the first piece can be read; then nothing was sent yet. */
    @Override
    public void writeResponse(Pulled pulled, Type generic, ServerRequestContext request) throws IOException {
        ServerHttpResponse response = request.serverResponse();
        response.setResponseHeader(HttpHeaders.CONTENT_LENGTH, String.valueOf(pulled.length()));
        try (InputStream bytes = pulled.bytes()) {
            byte[] first = piece(bytes, pulled.length());
            try {
                send(first, bytes, pulled.length() - first.length, response);
                response.end();
            } catch (ClientGone e) {
                LOG.debugf("Pull given up by the client: %s", e.getMessage());
            } catch (IOException e) {
                LOG.warnf("Pull cut off, the object store broke off: %s", e);
                response.reset();
            }
        }
    }

    private static void send(byte[] first, InputStream bytes, long left, ServerHttpResponse response)
            throws IOException {
        byte[] piece = first;
        while (piece.length > 0) {
            CompletionStage<Void> sent = response.write(piece);
            piece = piece(bytes, left);
            left -= piece.length;
            await(sent, response);
        }
    }

    private static byte[] piece(InputStream bytes, long left) throws IOException {
        int length = (int) Math.min(PIECE, left);
        byte[] piece = bytes.readNBytes(length);
        if (piece.length < length) {
            throw new EOFException("The blob ends " + (left - piece.length) + " bytes early");
        }
        return piece;
    }

    private static void await(CompletionStage<Void> sent, ServerHttpResponse response) throws IOException {
        CompletableFuture<Void> future = sent.toCompletableFuture();
        while (true) {
            try {
                future.get(1, TimeUnit.SECONDS);
                return;
            } catch (TimeoutException e) {
                if (response.closed()) {
                    throw new ClientGone("its connection is closed");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("The service stops");
            } catch (ExecutionException e) {
                throw new ClientGone(String.valueOf(e.getCause()));
            }
        }
    }

    @Override
    public void writeTo(
            Pulled pulled,
            Class<?> type,
            Type generic,
            Annotation[] annotations,
            MediaType media,
            MultivaluedMap<String, Object> headers,
            OutputStream out)
            throws IOException {
        try (InputStream bytes = pulled.bytes()) {
            bytes.transferTo(out);
        }
    }

    private static final class ClientGone extends IOException {
        private static final long serialVersionUID = 1;

        ClientGone(String message) {
            super(message);
        }
    }
}
