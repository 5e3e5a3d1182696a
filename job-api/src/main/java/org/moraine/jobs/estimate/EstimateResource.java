package org.moraine.jobs.estimate;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import org.moraine.access.CurrentCaller;
import org.moraine.jobs.openai.RequestBody;

/** {@code /v1/fine_tuning/estimate}: takes the body of a create request and makes nothing of it. */
@Path("/v1/fine_tuning/estimate")
@Produces(MediaType.APPLICATION_JSON)
class EstimateResource {

    private final Estimates estimates;
    private final CurrentCaller caller;
    private final RequestBody bodies;

    EstimateResource(Estimates estimates, CurrentCaller caller, RequestBody bodies) {
        this.estimates = estimates;
        this.caller = caller;
        this.bodies = bodies;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public EstimateObject estimate(InputStream body) throws IOException {
        return estimates.of(caller.team(), bodies.read(body));
    }
}
