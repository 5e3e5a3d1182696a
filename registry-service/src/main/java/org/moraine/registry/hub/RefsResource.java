package org.moraine.registry.hub;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.LowerCamelCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.access.KeyHolder;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.alias.Alias;
import org.moraine.registry.alias.Aliases;
import org.moraine.registry.alias.Moved;
import org.moraine.registry.alias.Tags;
import org.moraine.registry.version.Version;

/** Tags and branches as the Hub's clients make them: a branch is an alias. */
@Path("/api/models/{team}/{adapter}")
@Blocking
@Consumes(MediaType.WILDCARD)
public class RefsResource {

    private final CurrentCaller caller;
    private final Revisions revisions;
    private final Aliases aliases;
    private final Tags tags;

    RefsResource(CurrentCaller caller, Revisions revisions, Aliases aliases, Tags tags) {
        this.caller = caller;
        this.revisions = revisions;
        this.aliases = aliases;
        this.tags = tags;
    }

    record NewTag(@Nullable String tag, @Nullable String message) {}

    /** Where a branch is to begin; at the newest where it is left out. */
    @JsonNaming(LowerCamelCaseStrategy.class)
    record NewBranch(@Nullable String startingPoint) {}

    @POST
    @Path("tag/{revision}")
    @Consumes(MediaType.APPLICATION_JSON)
    public Map<String, Object> tag(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            @Nullable NewTag tag) {
        TeamName by = caller.team();
        Version version = revisions.require(whole(team, adapter), revision);
        if (tag == null || tag.tag == null) {
            throw Refused.invalid("tag", "Say the tag's name");
        }
        String message = tag.message == null ? "" : tag.message;
        if (!tags.add(version.adapter(), tag.tag, version.version(), message, by)
                .now()) {
            throw Refused.conflict("name_taken", "Tag '" + tag.tag + "' is there already");
        }
        return Map.of();
    }

    @DELETE
    @Path("tag/{tag}")
    public Map<String, Object> untag(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("tag") String tag) {
        TeamName by = caller.team();
        tags.remove(whole(team, adapter).adapter(), tag, by);
        return Map.of();
    }

    @POST
    @Path("branch/{branch}")
    @Consumes(MediaType.WILDCARD)
    public Map<String, Object> branch(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("branch") String branch,
            @Nullable NewBranch from) {
        KeyHolder by = caller.holder();
        String start = from == null || from.startingPoint == null ? Alias.NEWEST : from.startingPoint;
        Version version = revisions.require(whole(team, adapter), start);
        if (aliases.version(version.adapter(), branch).isPresent()) {
            throw Refused.conflict("name_taken", "Reference already exists: " + branch);
        }
        requireMade(aliases.move(version.adapter(), branch, version.version(), null, by));
        return Map.of();
    }

    @DELETE
    @Path("branch/{branch}")
    public Map<String, Object> unbranch(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("branch") String branch) {
        KeyHolder by = caller.holder();
        AdapterName name = whole(team, adapter).adapter();
        requireMade(aliases.remove(name, branch, aliases.version(name, branch).orElse(null), by));
        return Map.of();
    }

    /** The Hub's clients know of no approvals: what waits is answered as what is not done. */
    private static void requireMade(Moved moved) {
        if (moved.proposal() != null) {
            throw Refused.conflict(
                    "approval_needed",
                    "It was asked for, as proposal " + moved.proposal().proposal()
                            + ", and is done when it is approved");
        }
    }

    private Repository whole(String team, String adapter) {
        Repository repository = revisions.own(team, adapter);
        if (repository.version() != null) {
            throw Refused.invalid("repository", repository.id() + " is one version; name the adapter itself");
        }
        return repository;
    }
}
