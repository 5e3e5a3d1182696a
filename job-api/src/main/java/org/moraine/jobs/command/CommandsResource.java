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
import org.moraine.jobs.Jobs;
import org.moraine.jobs.openai.ClientRetry;
import org.moraine.jobs.openai.JobObject;

/** {@code /v1/fine_tuning/jobs/{id}/cancel}, {@code /pause} and {@code /resume}. */
@Path("/v1/fine_tuning/jobs/{id}")
@Produces(MediaType.APPLICATION_JSON)
class CommandsResource {

    private final JobCommands commands;
    private final CurrentCaller caller;

    CommandsResource(JobCommands commands, CurrentCaller caller) {
        this.commands = commands;
        this.caller = caller;
    }

    @POST
    @Path("/cancel")
    public JobObject cancel(@PathParam("id") String id, @HeaderParam(ClientRetry.HEADER) @Nullable String retries) {
        return JobObject.of(commands.cancel(caller.team(), job(id), ClientRetry.isOne(retries)));
    }

    @POST
    @Path("/pause")
    public JobObject pause(@PathParam("id") String id) {
        return JobObject.of(commands.pause(caller.team(), job(id)));
    }

    @POST
    @Path("/resume")
    public JobObject resume(@PathParam("id") String id, @HeaderParam(ClientRetry.HEADER) @Nullable String retries) {
        return JobObject.of(commands.resume(caller.team(), job(id), ClientRetry.isOne(retries)));
    }

    private static JobId job(String id) {
        return JobObject.id(id).orElseThrow(() -> Jobs.absent(id));
    }
}
