package org.moraine.registry.key;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;
import org.moraine.access.ApiKeys;
import org.moraine.access.CurrentCaller;
import org.moraine.access.ForAdmins;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/**
 * A key for each person and program, so that what is kept of their doings says who it was. They open job-api too, which
 * reads the same table.
 */
@Path("/api/v1/keys")
@ForAdmins
@Blocking
@Tag(name = "keys")
public class KeysResource {

    private static final Logger LOG = Logger.getLogger(KeysResource.class);

    private final CurrentCaller caller;
    private final ApiKeys keys;

    KeysResource(CurrentCaller caller, ApiKeys keys) {
        this.caller = caller;
        this.keys = keys;
    }

    /** Whose key is wanted, and what it is to open: a team, or, where {@code admin} is true, what the admin key does. */
    record Wanted(
            @Nullable String holder,
            @Nullable String team,
            @Nullable Boolean admin) {}

    record Made(@JsonUnwrapped ApiKeys.Known known, String secret) {
        @Override
        public String toString() {
            return known + ", secret ***";
        }
    }

    @GET
    @Operation(summary = "All keys, oldest first, without their secrets")
    public List<ApiKeys.Known> all() {
        return keys.all();
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @ResponseStatus(201)
    @Operation(
            summary = "Make a key for a person or program; its secret is shown this once",
            description =
                    "{\"holder\": \"alice\", \"team\": \"acme\"} opens the team, which is made where it is absent;"
                            + " {\"holder\": \"bob\", \"admin\": true} is an admin's. Histories then name acme/alice and"
                            + " admin/bob, and nobody approves a move that they asked for themselves.")
    @APIResponse(
            responseCode = "201",
            description = "The key, with its secret",
            content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(implementation = Made.class)))
    public Made make(@Nullable Wanted wanted) {
        if (wanted == null || wanted.holder == null) {
            throw Refused.invalid("holder", "Say who is to hold it: {\"holder\": \"alice\", \"team\": \"acme\"}");
        }
        boolean admin = Boolean.TRUE.equals(wanted.admin);
        if (admin == (wanted.team != null)) {
            throw Refused.invalid("team", "Say which team it opens, or \"admin\": true, not both");
        }
        ApiKeys.Made made = keys.make(wanted.team == null ? null : new TeamName(wanted.team), wanted.holder);
        LOG.infof(
                "Key made key=%s team=%s holder=%s by=%s",
                made.known().key(), wanted.team, wanted.holder, caller.get().holder());
        return new Made(made.known(), made.secret());
    }

    @DELETE
    @Path("{key}")
    @Operation(summary = "Take a key away that was made here; it opens nothing any more")
    public void remove(@PathParam("key") String key) {
        keys.remove(key);
        LOG.infof("Key taken away key=%s by=%s", key, caller.get().holder());
    }
}
