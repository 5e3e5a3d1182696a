package org.moraine.registry.version;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.io.IOException;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.moraine.contracts.Refused;
import org.moraine.registry.Visible;

/** Gives the request that makes a version's job again. */
@Path("/api/v1/adapters/{team}/{adapter}/versions/{version:[0-9]{1,9}}/job-request")
@Blocking
@Tag(name = "versions")
public class JobRequestResource {

    private final Visible visible;
    private final Versions versions;
    private final TrainingRecords records;

    JobRequestResource(Visible visible, Versions versions, TrainingRecords records) {
        this.visible = visible;
        this.versions = versions;
        this.records = records;
    }

    @GET
    @Operation(
            summary = "The job that made the version, as a request: POST it to job-api's /v1/fine_tuning/jobs",
            description =
                    "The same base model, data, settings and seed; on the same kind of CPU the adapter has the same"
                            + " bits. The data must still be among the team's files.")
    public ObjectNode request(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("version") int version)
            throws IOException {
        Version made = versions.require(visible.adapter(team, adapter), version);
        if (made.job() == null) {
            throw Refused.absent("no_job", "version", "No job made version " + version + "; it was uploaded");
        }
        JsonNode training = records.training(made)
                .orElseThrow(() -> Refused.absent(
                        "no_training_record",
                        "version",
                        "Version " + version + " has no training.json that can be read"));
        String revision = records.export(made)
                .map(export -> export.at("/base/revision").textValue())
                .orElse(null);
        return JobRequest.of(made, training, revision);
    }
}
