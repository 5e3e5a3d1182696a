package org.moraine.jobs.command;

import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.JobId;
import org.moraine.jobs.Job;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.dispatch.Waits;
import org.moraine.jobs.openai.ClientRetry;
import org.moraine.jobs.openai.JobObject;

/** {@code /v1/fine_tuning/jobs/{id}/cancel}, {@code /pause}, {@code /resume} and {@code /requeue}. */
@Path("/v1/fine_tuning/jobs/{id}")
@Produces(MediaType.APPLICATION_JSON)
class CommandsResource {

    private final JobCommands commands;
    private final Waits waits;
    private final CurrentCaller caller;

    CommandsResource(JobCommands commands, Waits waits, CurrentCaller caller) {
        this.commands = commands;
        this.waits = waits;
        this.caller = caller;
    }

    @POST
    @Path("/cancel")
    public JobObject cancel(@PathParam("id") String id, @HeaderParam(ClientRetry.HEADER) @Nullable String retries) {
        return object(commands.cancel(caller.team(), job(id), ClientRetry.isOne(retries)));
    }

    @POST
    @Path("/pause")
    public JobObject pause(@PathParam("id") String id) {
        return object(commands.pause(caller.team(), job(id)));
    }

    @POST
    @Path("/resume")
    public JobObject resume(@PathParam("id") String id, @HeaderParam(ClientRetry.HEADER) @Nullable String retries) {
        return object(commands.resume(caller.team(), job(id), ClientRetry.isOne(retries)));
    }

    @POST
    @Path("/requeue")
    public JobObject requeue(@PathParam("id") String id) {
        return object(commands.requeue(caller.team(), job(id)));
    }

    private JobObject object(Job job) {
        return JobObject.of(job, waits.of(job).orElse(null));
    }

    private static JobId job(String id) {
        return JobObject.id(id).orElseThrow(() -> Jobs.absent(id));
    }
}
