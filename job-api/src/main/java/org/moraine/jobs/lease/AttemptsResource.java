package org.moraine.jobs.lease;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.JobId;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.openai.JobObject;
import org.moraine.jobs.openai.Page;

/** {@code /v1/fine_tuning/jobs/{id}/attempts}: who tried to train a job, and what came of it. */
@Path("/v1/fine_tuning/jobs/{id}/attempts")
@Produces(MediaType.APPLICATION_JSON)
class AttemptsResource {

    private final Jobs jobs;
    private final Leases leases;
    private final CurrentCaller caller;

    AttemptsResource(Jobs jobs, Leases leases, CurrentCaller caller) {
        this.jobs = jobs;
        this.leases = leases;
        this.caller = caller;
    }

    /** All of them, the first one first. */
    @GET
    public Page<AttemptObject> list(@PathParam("id") String id) {
        JobId job = jobs.require(caller.team(), JobObject.id(id).orElseThrow(() -> Jobs.absent(id)))
                .id();
        List<AttemptObject> all =
                leases.attempts(job).stream().map(AttemptObject::of).toList();
        return Page.of(all, Integer.MAX_VALUE);
    }

    /** An attempt as its readers see it; times in seconds since 1970. */
    record AttemptObject(
            String object,
            int attempt,
            String worker,
            long claimedAt,
            @Nullable Long startedAt,
            @Nullable Long endedAt,
            @Nullable String ending,
            @Nullable String reason) {

        static AttemptObject of(Leases.Attempt attempt) {
            return new AttemptObject(
                    "fine_tuning.job.attempt",
                    attempt.attempt(),
                    attempt.worker(),
                    attempt.claimedAt().getEpochSecond(),
                    seconds(attempt.startedAt()),
                    seconds(attempt.endedAt()),
                    attempt.ending(),
                    attempt.reason());
        }

        private static @Nullable Long seconds(@Nullable Instant moment) {
            return moment == null ? null : moment.getEpochSecond();
        }
    }
}
