package org.moraine.registry.version;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Manifest;
import org.moraine.registry.PageLimit;
import org.moraine.registry.Visible;

/** An adapter's versions, to be read. */
@Path("/api/v1/adapters/{team}/{adapter}/versions")
@Tag(name = "versions")
public class VersionsResource {

    private final Visible visible;
    private final Versions versions;

    VersionsResource(Visible visible, Versions versions) {
        this.visible = visible;
        this.versions = versions;
    }

    /** A version with its files. */
    record WithFiles(@JsonUnwrapped Version version, Manifest manifest) {}

    /**
     * A page of versions, newest first.
     *
     * @param hasMore whether there are older ones; ask for those before the last version's number
     */
    record Page(List<Version> versions, boolean hasMore) {}

    @GET
    @Operation(summary = "An adapter's versions, newest first, below the number 'before'")
    public Page list(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @QueryParam("before") @DefaultValue("2147483647") int before,
            @QueryParam("limit") @DefaultValue("100") int limit) {
        AdapterName name = visible.adapter(team, adapter);
        PageLimit.check(limit);
        if (versions.newest(name).isEmpty()) {
            throw Visible.absent(name.toString());
        }
        List<Version> found = versions.upTo(name, before - 1, limit + 1);
        return new Page(found.subList(0, Math.min(limit, found.size())), found.size() > limit);
    }

    @GET
    @Path("{version:[0-9]{1,9}}")
    @Operation(summary = "One version with its settings and its manifest")
    public WithFiles get(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("version") int version) {
        Version found = versions.require(visible.adapter(team, adapter), version);
        return new WithFiles(
                found,
                new Manifest(versions.files(found).stream()
                        .map(VersionFile::described)
                        .toList()));
    }
}
