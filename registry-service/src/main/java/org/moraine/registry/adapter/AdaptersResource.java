package org.moraine.registry.adapter;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.registry.PageLimit;
import org.moraine.registry.Visible;
import org.moraine.registry.alias.Alias;
import org.moraine.registry.alias.Aliases;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.Versions;

/** A team's adapters, to be read. */
@Path("/api/v1/adapters")
@Tag(name = "adapters")
public class AdaptersResource {

    private static final int NEWEST_VERSIONS = 100;

    private final CurrentCaller caller;
    private final Visible visible;
    private final Adapters adapters;
    private final Versions versions;
    private final Aliases aliases;

    AdaptersResource(CurrentCaller caller, Visible visible, Adapters adapters, Versions versions, Aliases aliases) {
        this.caller = caller;
        this.visible = visible;
        this.adapters = adapters;
        this.versions = versions;
        this.aliases = aliases;
    }

    /**
     * A page of adapters, by name.
     *
     * @param hasMore whether there are more; ask for those after the last one's name
     */
    record Page(List<Adapter> adapters, boolean hasMore) {}

    /**
     * An adapter in full.
     *
     * @param versions the newest, at most {@value #NEWEST_VERSIONS}; older ones are asked for by page
     */
    record InFull(@JsonUnwrapped Adapter adapter, List<Version> versions, List<Alias> aliases) {}

    @GET
    @Operation(summary = "The team's adapters, by name, after the name 'after'")
    public Page list(
            @QueryParam("after") @DefaultValue("") String after, @QueryParam("limit") @DefaultValue("100") int limit) {
        PageLimit.check(limit);
        List<Adapter> found = adapters.of(caller.team(), after, limit + 1);
        return new Page(found.subList(0, Math.min(limit, found.size())), found.size() > limit);
    }

    @GET
    @Path("{team}/{adapter}")
    @Operation(summary = "An adapter with its newest versions and its aliases")
    public InFull get(@PathParam("team") String team, @PathParam("adapter") String adapter) {
        AdapterName name = visible.adapter(team, adapter);
        Adapter found = adapters.require(name);
        return new InFull(found, versions.upTo(name, found.newest(), NEWEST_VERSIONS), aliases.of(name));
    }
}
