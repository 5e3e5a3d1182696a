package org.moraine.registry.alias;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.access.ForAdmins;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.PageLimit;

/** Whoever holds the admin key decides on moves that need an approval, and loosens the rules that ask for it. */
@Path("/api/v1/proposals")
@ForAdmins
@Blocking
@Tag(name = "aliases")
public class ProposalsResource {

    private final CurrentCaller caller;
    private final Aliases aliases;
    private final AliasRules rules;
    private final Proposals proposals;

    ProposalsResource(CurrentCaller caller, Aliases aliases, AliasRules rules, Proposals proposals) {
        this.caller = caller;
        this.aliases = aliases;
        this.rules = rules;
        this.proposals = proposals;
    }

    record Decision(@Nullable Boolean approved) {}

    @GET
    @Operation(summary = "The moves of aliases that wait for an approval, oldest first")
    public List<Proposal> waiting(@QueryParam("limit") @DefaultValue("100") int limit) {
        PageLimit.check(limit);
        return proposals.waiting(limit);
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Path("{proposal:[0-9]{1,18}}")
    @Operation(
            summary = "Approve a move, which is made at once, or turn it down",
            description =
                    "{\"approved\": true}. 403 where the key was made for who asked for the move; 409 where the alias points elsewhere by now, or the version misses the"
                            + " alias's metrics.")
    public Proposal decide(@PathParam("proposal") long proposal, @Nullable Decision decision) {
        if (decision == null || decision.approved == null) {
            throw Refused.invalid("approved", "Say whether it is approved: {\"approved\": true}");
        }
        return aliases.decide(
                proposals.require(proposal), decision.approved, caller.get().holder());
    }

    @DELETE
    @Path("rules/{team}/{adapter}/{alias}")
    @Operation(summary = "Take an alias's rule away, also one that asks for approvals")
    public void loosen(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("alias") String alias) {
        rules.set(new AdapterName(new TeamName(team), adapter), alias, AliasRule.NONE, true);
    }
}
