package org.moraine.registry.version;

import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.access.Caller;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.PageLimit;

/** Looks for versions across a team's adapters. */
@Path("/api/v1/versions")
@Tag(name = "versions")
public class SearchResource {

    private final CurrentCaller caller;
    private final Versions versions;

    SearchResource(CurrentCaller caller, Versions versions) {
        this.caller = caller;
        this.versions = versions;
    }

    /**
     * A page of versions, newest first.
     *
     * @param next what to ask the following page with, as {@code after}; null on the last
     */
    record Found(List<Version> versions, @Nullable String next) {}

    @GET
    @Operation(
            summary = "Versions by base model, method, tag and metrics, newest first",
            description =
                    "metric is written like final_loss<0.5 (also <=, >, >=, =) over the version's settings, and may"
                            + " be given several times. A team sees its own versions; a worker says whose, as team.")
    public Found search(
            @QueryParam("team") @Nullable String team,
            @QueryParam("adapter") @Nullable String adapter,
            @QueryParam("base_model") @Nullable String baseModel,
            @QueryParam("method") @Nullable String method,
            @QueryParam("tag") @Nullable String tag,
            @QueryParam("metric") List<String> metrics,
            @QueryParam("after") @Nullable String after,
            @QueryParam("limit") @DefaultValue("100") int limit) {
        PageLimit.check(limit);
        List<Metric> bounds = metrics.stream().map(Metric::of).toList();
        Search.Cursor cursor = after == null ? null : Search.Cursor.of(after);
        TeamName whose = whose(team);
        if (team != null && !team.equals(whose.value())) {
            return new Found(List.of(), null);
        }
        List<Version> found =
                versions.search(new Search(whose, adapter, baseModel, method, tag, bounds), cursor, limit + 1);
        List<Version> page = found.subList(0, Math.min(limit, found.size()));
        return new Found(page, found.size() > limit ? Search.Cursor.next(page.get(limit - 1)) : null);
    }

    private TeamName whose(@Nullable String team) {
        Caller who = caller.get();
        if (!(who instanceof Caller.Worker)) {
            return who.team();
        }
        if (team == null) {
            throw Refused.invalid("team", "Say whose versions: team=NAME");
        }
        return new TeamName(team);
    }
}
