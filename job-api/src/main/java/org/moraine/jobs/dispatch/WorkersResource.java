package org.moraine.jobs.dispatch;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import java.util.regex.Pattern;
import org.moraine.access.ForWorkers;
import org.moraine.contracts.Refused;
import org.moraine.contracts.WorkerPresence;
import org.moraine.jobs.outbox.Topics;

/** Where workers say every few seconds that they are there. */
@Path("/internal/workers")
@ForWorkers
class WorkersResource {

    private static final Pattern NAME = Pattern.compile("[\\p{Alnum}._:@-]{1,128}");

    private final Workers workers;
    private final Topics topics;
    private final Dispatcher dispatcher;

    WorkersResource(Workers workers, Topics topics, Dispatcher dispatcher) {
        this.workers = workers;
        this.topics = topics;
        this.dispatcher = dispatcher;
    }

    /** When this returns, the topic of the worker's kind is there. */
    @PUT
    @Path("/{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    public void seen(@PathParam("name") String name, WorkerPresence presence) {
        if (!NAME.matcher(name).matches()) {
            throw Refused.invalid("name", "A worker's name has letters, digits and '._:@-', at most 128");
        }
        topics.require(presence.kind());
        workers.seen(name, presence);
        if (!presence.busy()) {
            dispatcher.nudge();
        }
    }
}
