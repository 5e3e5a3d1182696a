package org.moraine.jobs.validate;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.openai.JobObject;

/** {@code /v1/fine_tuning/jobs/{id}/validation}: what the look through a job's training file found. */
@Path("/v1/fine_tuning/jobs/{id}/validation")
@Produces(MediaType.APPLICATION_JSON)
class ValidationResource {

    private final Validations validations;
    private final Jobs jobs;
    private final CurrentCaller caller;

    ValidationResource(Validations validations, Jobs jobs, CurrentCaller caller) {
        this.validations = validations;
        this.jobs = jobs;
        this.caller = caller;
    }

    @GET
    public ValidationReport get(@PathParam("id") String id) {
        JobId job = jobs.require(caller.team(), JobObject.id(id).orElseThrow(() -> Jobs.absent(id)))
                .id();
        return validations
                .find(job)
                .orElseThrow(() -> Refused.absent("not_validated", "id", "Job " + id + " has no validation report"));
    }
}
