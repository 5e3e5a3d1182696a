package org.moraine.jobs.submit;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Job;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.dispatch.Waiting;
import org.moraine.jobs.dispatch.Waits;
import org.moraine.jobs.openai.ClientRetry;
import org.moraine.jobs.openai.JobObject;
import org.moraine.jobs.openai.Page;
import org.moraine.jobs.openai.RequestBody;

/** {@code /v1/fine_tuning/jobs}: jobs are asked for and looked at. */
@Path("/v1/fine_tuning/jobs")
@Produces(MediaType.APPLICATION_JSON)
class JobsResource {

    private static final int LONGEST_KEY = 255;
    private static final int PAGE = 20;
    private static final int MOST = 1000;

    private final Submissions submissions;
    private final Jobs jobs;
    private final Waits waits;
    private final CurrentCaller caller;
    private final RequestBody bodies;

    JobsResource(Submissions submissions, Jobs jobs, Waits waits, CurrentCaller caller, RequestBody bodies) {
        this.submissions = submissions;
        this.jobs = jobs;
        this.waits = waits;
        this.caller = caller;
        this.bodies = bodies;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public JobObject create(
            @HeaderParam("Idempotency-Key") @Nullable String key,
            @HeaderParam(ClientRetry.HEADER) @Nullable String retries,
            InputStream body)
            throws IOException {
        if (key != null && (key.isBlank() || key.length() > LONGEST_KEY)) {
            throw Refused.invalid("Idempotency-Key", "An Idempotency-Key has from 1 to " + LONGEST_KEY + " characters");
        }
        Job job = submissions.submit(
                new Submissions.Request(caller.team(), bodies.read(body), key, ClientRetry.isOne(retries)));
        return JobObject.of(job, null); // what it waits for is looked up when somebody looks at it
    }

    @GET
    public Page<JobObject> list(
            @QueryParam("after") @Nullable String after,
            @QueryParam("limit") @Nullable String limit,
            @Context UriInfo uri) {
        int size = Page.limit(limit, PAGE, MOST);
        Job last = after == null
                ? null
                : JobObject.id(after)
                        .flatMap(jobs::find)
                        .filter(job -> job.team().equals(caller.team()))
                        .orElseThrow(() -> Refused.invalid("after", "There is no job " + after));
        List<Job> found = jobs.page(caller.team(), last, size + 1, metadata(uri.getQueryParameters()));
        Map<JobId, Waiting> waiting = waits.of(found);
        return Page.of(
                found.stream()
                        .map(job -> JobObject.of(job, waiting.get(job.id())))
                        .toList(),
                size);
    }

    /** Reads {@code metadata[key]=value}; null, for jobs without metadata, where it is {@code metadata=null}. */
    private static @Nullable Map<String, String> metadata(MultivaluedMap<String, String> query) {
        if (query.containsKey("metadata")) {
            return null;
        }
        Map<String, String> pairs = new HashMap<>();
        query.forEach((name, values) -> {
            if (name.startsWith("metadata[") && name.endsWith("]")) {
                String value = values.get(0);
                if (name.indexOf('\0') >= 0 || value.indexOf('\0') >= 0) {
                    throw Refused.invalid("metadata", "A NUL character is in no metadata");
                }
                pairs.put(name.substring("metadata[".length(), name.length() - 1), value);
            }
        });
        return pairs;
    }

    @GET
    @Path("/{id}")
    public JobObject get(@PathParam("id") String id) {
        return object(jobs.require(caller.team(), JobObject.id(id).orElseThrow(() -> Jobs.absent(id))));
    }

    private JobObject object(Job job) {
        return JobObject.of(job, waits.of(job).orElse(null));
    }
}
