package org.moraine.jobs.files;

import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.RequestScoped;
import java.io.IOException;
import java.io.InputStream;
import org.moraine.contracts.Refused;

/** What is left of a request's body when it is refused: clients read an answer when they have sent everything. */
@RequestScoped
class LastBytes {

    private final RoutingContext connection;

    LastBytes(RoutingContext connection) {
        this.connection = connection;
    }

    /** What reads a body. */
    interface Reading<T> {
        T read() throws IOException, InterruptedException;
    }

    /** Runs what reads the body; where it refuses, lets the client send so many bytes more, but not for ever. */
    <T> T readFor(InputStream body, long most, Reading<T> reading) throws IOException, InterruptedException {
        try {
            return reading.read();
        } catch (Refused refused) {
            readOn(body, most);
            throw refused;
        }
    }

    private void readOn(InputStream body, long most) {
        try {
            body.skipNBytes(most);
            connection.response().putHeader("Connection", "close");
            connection.addEndHandler(end -> connection.request().connection().close());
        } catch (IOException e) {
            return; // the body has ended, or the client has gone
        }
    }
}
