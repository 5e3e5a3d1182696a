package org.moraine.jobs.checkpoint;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Job;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.openai.JobObject;
import org.moraine.jobs.openai.Listed;
import org.moraine.jobs.openai.Page;

/** {@code /v1/fine_tuning/jobs/{id}/checkpoints}. */
@Path("/v1/fine_tuning/jobs/{id}/checkpoints")
@Produces(MediaType.APPLICATION_JSON)
class CheckpointsResource {

    private static final int PAGE = 10;
    private static final int MOST = 1000;

    private final Jobs jobs;
    private final Checkpoints checkpoints;
    private final CurrentCaller caller;

    CheckpointsResource(Jobs jobs, Checkpoints checkpoints, CurrentCaller caller) {
        this.jobs = jobs;
        this.checkpoints = checkpoints;
        this.caller = caller;
    }

    @GET
    public Listed<CheckpointObject> list(
            @PathParam("id") String id,
            @QueryParam("after") @Nullable String after,
            @QueryParam("limit") @Nullable String limit) {
        Job job = jobs.require(caller.team(), JobObject.id(id).orElseThrow(() -> Jobs.absent(id)));
        int size = Page.limit(limit, PAGE, MOST);
        int before = after == null
                ? Integer.MAX_VALUE
                : checkpoints
                        .step(job.id(), after)
                        .orElseThrow(() -> Refused.invalid("after", "The job has no checkpoint " + after));
        List<CheckpointObject> found = checkpoints.page(job.id(), before, size + 1).stream()
                .map(entry -> CheckpointObject.of(job, entry))
                .toList();
        return Listed.of(found, size, CheckpointObject::id);
    }
}
