package org.moraine.registry.publish;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.access.ForWorkers;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Publication;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** A worker publishes a job's adapter. */
@Path("/api/v1/adapters/{team}/{adapter}/versions")
@ForWorkers
@Tag(name = "versions")
public class PublishResource {

    private final Publishing publishing;

    PublishResource(Publishing publishing) {
        this.publishing = publishing;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Make a job's files the next version: 201, or 200 where the job has its version already")
    @APIResponse(
            responseCode = "201",
            description = "The version that was made",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = Publication.Made.class)))
    @APIResponse(
            responseCode = "200",
            description = "The version that the job has already",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = Publication.Made.class)))
    public Response publish(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @Nullable Publication publication)
            throws IOException {
        if (publication == null) {
            throw Refused.invalid("body", "Send the publication as JSON");
        }
        Publishing.Outcome outcome = publishing.publish(new AdapterName(new TeamName(team), adapter), publication);
        return Response.status(outcome.now() ? Response.Status.CREATED : Response.Status.OK)
                .entity(outcome.made())
                .build();
    }
}
