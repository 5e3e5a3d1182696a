package org.moraine.registry.retire;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;

/** A team says which of an adapter's versions go by themselves. */
@Path("/api/v1/adapters/{team}/{adapter}/retention")
@Blocking
@Tag(name = "retirement")
public class RetentionResource {

    private final CurrentCaller caller;
    private final Visible visible;
    private final Retention retention;

    RetentionResource(CurrentCaller caller, Visible visible, Retention retention) {
        this.caller = caller;
        this.visible = visible;
        this.retention = retention;
    }

    record Wanted(@Nullable Integer keepNewest, @Nullable Integer keepDays) {}

    @GET
    @Operation(summary = "The adapter's retention rule; 404 where all versions are kept")
    public RetentionRule get(@PathParam("team") String team, @PathParam("adapter") String adapter) {
        return retention
                .of(visible.adapter(team, adapter))
                .orElseThrow(() -> Refused.absent("no_retention", null, "All versions are kept"));
    }

    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Let old versions go by themselves",
            description =
                    "{\"keep_newest\": 5, \"keep_days\": 90}: a version goes when it is neither among the newest nor"
                            + " that young, and no alias, tag or waiting move names it.")
    public RetentionRule set(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @Nullable Wanted wanted) {
        if (wanted == null || wanted.keepNewest == null || wanted.keepDays == null) {
            throw Refused.invalid("body", "Say what is kept: {\"keep_newest\": 5, \"keep_days\": 90}");
        }
        TeamName by = caller.team();
        AdapterName name = visible.adapter(team, adapter);
        RetentionRule rule = new RetentionRule(wanted.keepNewest, wanted.keepDays);
        retention.set(name, rule, by);
        return rule;
    }

    @DELETE
    @Operation(summary = "Keep all versions again")
    public void remove(@PathParam("team") String team, @PathParam("adapter") String adapter) {
        TeamName unused = caller.team();
        retention.remove(visible.adapter(team, adapter));
    }
}
