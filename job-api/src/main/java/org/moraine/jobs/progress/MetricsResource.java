package org.moraine.jobs.progress;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.openai.JobObject;
import org.moraine.jobs.openai.Page;

/** {@code /v1/fine_tuning/jobs/{id}/metrics}: the numbers of a job's steps as series, also while it runs. */
@Path("/v1/fine_tuning/jobs/{id}/metrics")
@Produces(MediaType.APPLICATION_JSON)
class MetricsResource {

    private static final int POINTS = 1000;
    private static final int MOST = 10_000;

    private final Jobs jobs;
    private final Metrics metrics;
    private final CurrentCaller caller;

    MetricsResource(Jobs jobs, Metrics metrics, CurrentCaller caller) {
        this.jobs = jobs;
        this.metrics = metrics;
        this.caller = caller;
    }

    /** What is answered. */
    record MetricsObject(String object, String job, List<Metrics.Series> series) {}

    @GET
    public MetricsObject get(
            @PathParam("id") String id,
            @QueryParam("after_step") @Nullable String afterStep,
            @QueryParam("limit") @Nullable String limit) {
        JobId job = jobs.require(caller.team(), JobObject.id(id).orElseThrow(() -> Jobs.absent(id)))
                .id();
        List<Metrics.Series> series = metrics.series(job, step(afterStep), Page.limit(limit, POINTS, MOST));
        return new MetricsObject("fine_tuning.job.metrics", job.value(), series);
    }

    private static int step(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return 0;
        }
        if (!text.matches("[0-9]{1,9}")) {
            throw Refused.invalid("after_step", "after_step is a step, such as 100");
        }
        return Integer.parseInt(text);
    }
}
