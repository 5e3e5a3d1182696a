package org.moraine.registry.alias;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.Visible;
import org.moraine.registry.version.Versions;

/** A team gives its adapter's versions names that stay. */
@Path("/api/v1/adapters/{team}/{adapter}/tags")
@org.eclipse.microprofile.openapi.annotations.tags.Tag(name = "tags")
public class TagsResource {

    private final CurrentCaller caller;
    private final Visible visible;
    private final Versions versions;
    private final Tags tags;

    TagsResource(CurrentCaller caller, Visible visible, Versions versions, Tags tags) {
        this.caller = caller;
        this.visible = visible;
        this.versions = versions;
        this.tags = tags;
    }

    /** Which version is to have the tag. */
    record Target(@Nullable Integer version, @Nullable String message) {}

    @GET
    @Operation(summary = "An adapter's tags, by name")
    public List<Tag> list(@PathParam("team") String team, @PathParam("adapter") String adapter) {
        return tags.of(versions.requireAdapter(visible.adapter(team, adapter)));
    }

    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @Path("{tag}")
    @Operation(summary = "Give a version a tag: 201, or 200 where it has it; 409 where another version has it")
    @APIResponse(
            responseCode = "201",
            description = "It has it now",
            content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Tag.class)))
    @APIResponse(
            responseCode = "200",
            description = "It had it already",
            content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Tag.class)))
    public Response add(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("tag") String tag,
            @Nullable Target target) {
        AdapterName name = visible.adapter(team, adapter);
        if (target == null || target.version == null) {
            throw Refused.invalid("version", "Say which version: {\"version\": 3}");
        }
        String message = target.message == null ? "" : target.message;
        Tags.Outcome outcome = tags.add(name, tag, target.version, message, caller.team());
        return Response.status(outcome.now() ? Response.Status.CREATED : Response.Status.OK)
                .entity(outcome.tag())
                .build();
    }

    @DELETE
    @Path("{tag}")
    @Operation(summary = "Take a tag away")
    public void remove(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("tag") String tag) {
        tags.remove(versions.requireAdapter(visible.adapter(team, adapter)), tag, caller.team());
    }
}
