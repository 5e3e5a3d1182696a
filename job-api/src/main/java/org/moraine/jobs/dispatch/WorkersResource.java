package org.moraine.jobs.dispatch;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import java.util.regex.Pattern;
import org.moraine.access.ForWorkers;
import org.moraine.contracts.Refused;

/** Where workers say every few seconds that they are there. */
@Path("/internal/workers")
@ForWorkers
class WorkersResource {

    private static final Pattern NAME = Pattern.compile("[\\p{Alnum}._:@-]{1,128}");

    private final Workers workers;
    private final Dispatcher dispatcher;

    WorkersResource(Workers workers, Dispatcher dispatcher) {
        this.workers = workers;
        this.dispatcher = dispatcher;
    }

    /** What a worker says of itself. */
    record Presence(boolean busy) {}

    @PUT
    @Path("/{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    public void seen(@PathParam("name") String name, Presence presence) {
        if (!NAME.matcher(name).matches()) {
            throw Refused.invalid("name", "A worker's name has letters, digits and '._:@-', at most 128");
        }
        workers.seen(name, presence.busy());
        if (!presence.busy()) {
            dispatcher.nudge();
        }
    }
}
