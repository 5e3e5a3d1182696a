package org.moraine.registry.hub;

import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveResourceInfo;
import org.jboss.resteasy.reactive.server.spi.ServerHttpResponse;
import org.jboss.resteasy.reactive.server.spi.ServerMessageBodyWriter;
import org.jboss.resteasy.reactive.server.spi.ServerRequestContext;
import org.jboss.resteasy.reactive.server.vertx.VertxResteasyReactiveRequestContext;

/**
 * Sends a {@link Pulled} at the client's pace: the next piece is read while the one before is on its way, and sent when
 * the network has taken that one, so a pull holds two pieces and no more. (Quarkus's own stream lets hundreds queue up
 * where many pull at once.) Where the object store breaks off in the middle the connection is cut, so that no client
 * takes a part for the whole.
 */
@Provider
public final class PulledWriter implements ServerMessageBodyWriter<Pulled> {

    private static final Logger LOG = Logger.getLogger(PulledWriter.class);
    private static final int PIECE = 1 << 18;

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
            byte[] first = new byte[(int) Math.min(PIECE, pulled.length())];
            long left = pulled.length() - fill(first, bytes, pulled.length());
            try {
                send(first, bytes, left, ((VertxResteasyReactiveRequestContext) request).vertxServerResponse());
                response.end();
            } catch (ClientGone e) {
                LOG.debugf("Pull given up by the client: %s", e.getMessage());
            } catch (IOException e) {
                LOG.warnf("Pull cut off, the object store broke off: %s", e);
                response.reset();
            }
        }
    }

    /** The pieces take turns in two buffers: one is filled while the other is on its way. */
    private static void send(byte[] first, InputStream bytes, long left, HttpServerResponse response)
            throws IOException {
        byte[] piece = first;
        byte[] other = new byte[(int) Math.min(PIECE, left)];
        int length = first.length;
        while (length > 0) {
            Future<Void> sent = response.write(Buffer.buffer(Unpooled.wrappedBuffer(piece, 0, length)));
            length = fill(other, bytes, left);
            left -= length;
            await(sent, response);
            byte[] free = piece;
            piece = other;
            other = free;
        }
    }

    private static int fill(byte[] piece, InputStream bytes, long left) throws IOException {
        int wanted = (int) Math.min(piece.length, left);
        int length = bytes.readNBytes(piece, 0, wanted);
        if (length < wanted) {
            throw new EOFException("The blob ends " + (left - length) + " bytes early");
        }
        return length;
    }

    private static void await(Future<Void> sent, HttpServerResponse response) throws IOException {
        CompletableFuture<Void> future = sent.toCompletionStage().toCompletableFuture();
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
