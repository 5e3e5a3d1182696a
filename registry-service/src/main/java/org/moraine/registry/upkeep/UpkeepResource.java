package org.moraine.registry.upkeep;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.io.IOException;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.moraine.access.ForAdmins;
import org.moraine.contracts.Refused;

/** Whoever runs the platform looks at its upkeep, or has a round of it now. */
@Path("/api/v1/upkeep")
@ForAdmins
@Blocking
@Tag(name = "upkeep")
public class UpkeepResource {

    private final Upkeep upkeep;

    UpkeepResource(Upkeep upkeep) {
        this.upkeep = upkeep;
    }

    @GET
    @Operation(summary = "What this instance's last round did; 404 where there was none yet")
    public Upkeep.Round last() {
        return upkeep.last()
                .orElseThrow(() -> Refused.absent("no_round_yet", null, "There was no round since the start"));
    }

    @POST
    @Operation(summary = "Purge, collect and scrub now; with dry_run say only what would go")
    public Upkeep.Round round(@QueryParam("dry_run") @DefaultValue("false") boolean dry) throws IOException {
        return dry ? upkeep.dry() : upkeep.round();
    }
}
