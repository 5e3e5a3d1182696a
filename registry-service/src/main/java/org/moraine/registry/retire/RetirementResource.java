package org.moraine.registry.retire;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.Visible;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.Versions;

/** A team retires versions of its adapters, and takes it back. */
@Path("/api/v1/adapters/{team}/{adapter}")
@Tag(name = "retirement")
public class RetirementResource {

    private final CurrentCaller caller;
    private final Visible visible;
    private final Versions versions;
    private final Retirement retirement;

    RetirementResource(CurrentCaller caller, Visible visible, Versions versions, Retirement retirement) {
        this.caller = caller;
        this.visible = visible;
        this.versions = versions;
        this.retirement = retirement;
    }

    /** What who pulls the version is told. */
    record Deprecation(@Nullable String message) {}

    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @Path("versions/{version:[0-9]{1,9}}/deprecation")
    @Operation(summary = "Deprecate a version: whoever pulls it is told the message, as X-HF-Warning")
    public Version deprecate(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("version") int version,
            @Nullable Deprecation deprecation) {
        AdapterName name = there(team, adapter, version);
        if (deprecation == null || deprecation.message == null) {
            throw Refused.invalid("message", "Say what to use instead: {\"message\": \"use v4\"}");
        }
        retirement.deprecate(name, version, deprecation.message, caller.team());
        return versions.require(name, version);
    }

    @DELETE
    @Path("versions/{version:[0-9]{1,9}}/deprecation")
    @Operation(summary = "Take a deprecation back")
    public Version undeprecate(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("version") int version) {
        AdapterName name = there(team, adapter, version);
        retirement.undeprecate(name, version, caller.team());
        return versions.require(name, version);
    }

    @DELETE
    @Path("versions/{version:[0-9]{1,9}}")
    @Operation(summary = "Delete a version; 409 while an alias points at it. It can be restored until it is purged")
    public void delete(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("version") int version) {
        retirement.delete(there(team, adapter, version), version, caller.team());
    }

    @POST
    @Path("versions/{version:[0-9]{1,9}}/restore")
    @Operation(summary = "Undo a version's deletion")
    public Version restore(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("version") int version) {
        AdapterName name = visible.adapter(team, adapter);
        retirement.restore(name, version, caller.team());
        return versions.require(name, version);
    }

    @DELETE
    @Operation(summary = "Delete an adapter with all its versions. It can be restored until it is purged")
    public void delete(@PathParam("team") String team, @PathParam("adapter") String adapter) {
        retirement.delete(visible.adapter(team, adapter), caller.team());
    }

    @POST
    @Path("restore")
    @Operation(summary = "Undo an adapter's deletion: what was deleted with it comes back, and its aliases")
    @APIResponse(responseCode = "204", description = "It is there again")
    public void restore(@PathParam("team") String team, @PathParam("adapter") String adapter) {
        retirement.restore(visible.adapter(team, adapter), caller.team());
    }

    @GET
    @Path("deleted")
    @Operation(summary = "The versions that can be restored, newest first")
    public List<Retirement.Deleted> deleted(@PathParam("team") String team, @PathParam("adapter") String adapter) {
        return retirement.deleted(visible.adapter(team, adapter));
    }

    private AdapterName there(String team, String adapter, int version) {
        AdapterName name = visible.adapter(team, adapter);
        versions.require(name, version);
        return name;
    }
}
