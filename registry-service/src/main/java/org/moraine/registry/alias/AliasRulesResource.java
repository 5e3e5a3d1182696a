package org.moraine.registry.alias;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;

/** A team says what is asked before one of its aliases is moved. */
@Path("/api/v1/adapters/{team}/{adapter}/aliases/{alias}/rule")
@Blocking
@Tag(name = "aliases")
public class AliasRulesResource {

    private final CurrentCaller caller;
    private final Visible visible;
    private final AliasRules rules;

    AliasRulesResource(CurrentCaller caller, Visible visible, AliasRules rules) {
        this.caller = caller;
        this.visible = visible;
        this.rules = rules;
    }

    /** A rule as it is sent; what is left out is not asked. */
    record Wanted(@Nullable Boolean approval, @Nullable List<String> metrics) {}

    @GET
    @Operation(summary = "What is asked before the alias is moved")
    public AliasRule get(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("alias") String alias) {
        return rules.of(visible.adapter(team, adapter), alias);
    }

    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Ask for an approval, and for metrics, before the alias is moved",
            description =
                    "{\"approval\": true, \"metrics\": [\"valid_loss<0.5\"]}. A rule that asks for approvals can be"
                            + " tightened by its team and loosened by the admin alone.")
    public AliasRule set(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("alias") String alias,
            @Nullable Wanted wanted) {
        if (wanted == null) {
            throw Refused.invalid("body", "Say what is asked: {\"approval\": true, \"metrics\": []}");
        }
        AliasRule rule = new AliasRule(
                Boolean.TRUE.equals(wanted.approval), wanted.metrics == null ? List.of() : wanted.metrics);
        rules.set(own(team, adapter), alias, rule, false);
        return rule;
    }

    @DELETE
    @Operation(summary = "Ask for nothing any more")
    public void remove(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("alias") String alias) {
        rules.set(own(team, adapter), alias, AliasRule.NONE, false);
    }

    private AdapterName own(String team, String adapter) {
        TeamName unused = caller.team();
        return visible.adapter(team, adapter);
    }
}
