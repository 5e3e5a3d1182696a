package org.moraine.registry.alias;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
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
import org.moraine.registry.PageLimit;
import org.moraine.registry.Visible;
import org.moraine.registry.version.Versions;

/** A team points its adapter's aliases at versions. */
@Path("/api/v1/adapters/{team}/{adapter}/aliases")
@org.eclipse.microprofile.openapi.annotations.tags.Tag(name = "aliases")
public class AliasesResource {

    private final CurrentCaller caller;
    private final Visible visible;
    private final Versions versions;
    private final Aliases aliases;
    private final Proposals proposals;

    AliasesResource(CurrentCaller caller, Visible visible, Versions versions, Aliases aliases, Proposals proposals) {
        this.proposals = proposals;
        this.caller = caller;
        this.visible = visible;
        this.versions = versions;
        this.aliases = aliases;
    }

    /**
     * Where an alias is to point.
     *
     * @param expectedVersion where it points now; left out for one that is not there yet
     */
    record Target(@Nullable Integer version, @Nullable Integer expectedVersion) {}

    /**
     * A page of moves, newest first.
     *
     * @param hasMore whether there are older ones; ask for those before the last one's number
     */
    record Moves(List<AliasMove> moves, boolean hasMore) {}

    @GET
    @Operation(summary = "An adapter's aliases, by name")
    public List<Alias> list(@PathParam("team") String team, @PathParam("adapter") String adapter) {
        return aliases.of(there(team, adapter));
    }

    @GET
    @Path("{alias}")
    @Operation(summary = "Where an alias points, since when and by whom")
    public Alias get(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("alias") String alias) {
        AdapterName name = there(team, adapter);
        return aliases.find(name, alias).orElseThrow(() -> Aliases.absent(name, alias));
    }

    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @Path("{alias}")
    @Operation(
            summary = "Point an alias at a version",
            description = "Makes the alias where it is absent. One that points elsewhere is moved only by who names, as"
                    + " expected_version, the version it points at; so of two who move it at once one is told. 202 with"
                    + " the proposal where the alias's rule asks for an approval.")
    @APIResponse(
            responseCode = "200",
            description = "Where it points now",
            content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Alias.class)))
    @APIResponse(
            responseCode = "202",
            description = "What waits for an approval",
            content =
                    @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Proposal.class)))
    public Response move(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("alias") String alias,
            @Nullable Target target) {
        AdapterName name = visible.adapter(team, adapter);
        if (target == null || target.version == null) {
            throw Refused.invalid("version", "Say which version: {\"version\": 3}");
        }
        return answer(aliases.move(name, alias, target.version, target.expectedVersion, caller.holder()));
    }

    @DELETE
    @Path("{alias}")
    @Operation(summary = "Take an alias away; expected_version is the version that it points at")
    @APIResponse(responseCode = "204", description = "It is gone")
    @APIResponse(
            responseCode = "202",
            description = "What waits for an approval",
            content =
                    @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Proposal.class)))
    public Response remove(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("alias") String alias,
            @QueryParam("expected_version") @Nullable Integer expected) {
        return answer(aliases.remove(there(team, adapter), alias, expected, caller.holder()));
    }

    private static Response answer(Moved moved) {
        if (moved.proposal() != null) {
            return Response.status(Response.Status.ACCEPTED)
                    .entity(moved.proposal())
                    .build();
        }
        return moved.alias() == null
                ? Response.noContent().build()
                : Response.ok(moved.alias()).build();
    }

    @GET
    @Path("{alias}/proposals")
    @Operation(summary = "The moves of an alias that were asked for where approvals are, newest first")
    public List<Proposal> proposals(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("alias") String alias) {
        return proposals.of(there(team, adapter), alias, PageLimit.LARGEST);
    }

    @GET
    @Path("{alias}/moves")
    @Operation(summary = "Who moved an alias when from where to where, newest first, below the move 'before'")
    public Moves moves(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("alias") String alias,
            @QueryParam("before") @DefaultValue("9223372036854775807") long before,
            @QueryParam("limit") @DefaultValue("100") int limit) {
        AdapterName name = there(team, adapter);
        PageLimit.check(limit);
        List<AliasMove> found = aliases.moves(name, alias, before, limit + 1);
        return new Moves(found.subList(0, Math.min(limit, found.size())), found.size() > limit);
    }

    private AdapterName there(String team, String adapter) {
        return versions.requireAdapter(visible.adapter(team, adapter));
    }
}
