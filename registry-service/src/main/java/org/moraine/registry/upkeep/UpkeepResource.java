package org.moraine.registry.upkeep;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.access.ForAdmins;
import org.moraine.contracts.Refused;
import org.moraine.registry.blob.CollectionHold;

/** Whoever runs the platform looks at its upkeep, or has a round of it now. */
@Path("/api/v1/upkeep")
@ForAdmins
@Blocking
@Tag(name = "upkeep")
public class UpkeepResource {

    private static final Duration LONGEST_HOLD = Duration.ofDays(7);

    private final Upkeep upkeep;
    private final CollectionHold hold;

    UpkeepResource(Upkeep upkeep, CollectionHold hold) {
        this.upkeep = upkeep;
        this.hold = hold;
    }

    record Hold(@Nullable Instant until) {}

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

    @GET
    @Path("hold")
    @Operation(summary = "Until when nothing is collected; null where collections go on")
    public Hold hold() {
        return new Hold(hold.until().orElse(null));
    }

    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @Path("hold")
    @Operation(
            summary =
                    "Collect nothing until a moment, at most a week ahead, so that a backup's two copies fit together",
            description =
                    "{\"until\": \"2027-01-01T06:00:00Z\"}; what is being collected now has ended when it is answered")
    public void hold(@Nullable Hold wanted) {
        Instant now = Instant.now();
        if (wanted == null || wanted.until == null || wanted.until.isAfter(now.plus(LONGEST_HOLD))) {
            throw Refused.invalid("until", "Say until when, at most " + LONGEST_HOLD.toDays() + " days ahead");
        }
        hold.hold(wanted.until);
    }

    @DELETE
    @Path("hold")
    @Operation(summary = "Let collections go on")
    public void release() {
        hold.release();
    }
}
