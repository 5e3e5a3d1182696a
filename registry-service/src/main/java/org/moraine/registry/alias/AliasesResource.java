package org.moraine.registry.alias;

import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.Visible;
import org.moraine.registry.version.Versions;

/** A team points its adapter's aliases at versions. */
@Path("/api/v1/adapters/{team}/{adapter}/aliases/{alias}")
@Tag(name = "aliases")
public class AliasesResource {

    private final CurrentCaller caller;
    private final Visible visible;
    private final Versions versions;
    private final Aliases aliases;

    AliasesResource(CurrentCaller caller, Visible visible, Versions versions, Aliases aliases) {
        this.caller = caller;
        this.visible = visible;
        this.versions = versions;
        this.aliases = aliases;
    }

    /** Where an alias is to point. */
    record Target(@Nullable Integer version) {}

    @PUT
    @Operation(summary = "Point an alias at a version; makes the alias where it is absent")
    public Alias move(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("alias") String alias,
            @Nullable Target target) {
        AdapterName name = visible.adapter(team, adapter);
        Alias.check(alias);
        if (target == null || target.version == null) {
            throw Refused.invalid("version", "Say which version: {\"version\": 3}");
        }
        int version = versions.require(name, target.version).version();
        return aliases.move(name, alias, version, caller.team());
    }
}
