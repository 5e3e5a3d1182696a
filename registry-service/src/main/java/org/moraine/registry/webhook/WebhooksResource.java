package org.moraine.registry.webhook;

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
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.Refused;

/** A team says where it wants to be told of its aliases' moves. */
@Path("/api/v1/webhooks")
@Blocking
@Tag(name = "webhooks")
public class WebhooksResource {

    private final CurrentCaller caller;
    private final Webhooks webhooks;
    private final WebhookSender sender;

    WebhooksResource(CurrentCaller caller, Webhooks webhooks, WebhookSender sender) {
        this.caller = caller;
        this.webhooks = webhooks;
        this.sender = sender;
    }

    record Wanted(@Nullable String url) {}

    @GET
    @Operation(summary = "The team's webhooks, and how many events each has not taken yet")
    public List<Webhook> list() {
        return webhooks.of(caller.team());
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Be told of alias.moved and alias.proposed; the secret is shown this once",
            description =
                    "Events are POSTed as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature),"
                            + " and again for three days until they are answered with 2xx.")
    @ResponseStatus(201)
    @APIResponse(
            responseCode = "201",
            description = "The webhook, with its secret",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = Webhooks.Made.class)))
    public Webhooks.Made add(@Nullable Wanted wanted) {
        if (wanted == null || wanted.url == null) {
            throw Refused.invalid("url", "Say where: {\"url\": \"https://example.com/moves\"}");
        }
        return webhooks.add(caller.team(), Receiver.read(wanted.url));
    }

    @DELETE
    @Path("{webhook}")
    @Operation(summary = "Be told no more; what was not taken yet is dropped")
    public void remove(@PathParam("webhook") String webhook) {
        webhooks.remove(caller.team(), webhook);
    }

    @POST
    @Path("{webhook}/enable")
    @Operation(summary = "Send again to a webhook that was disabled, beginning with what it missed")
    @APIResponse(responseCode = "204", description = "It is sent to again")
    public void enable(@PathParam("webhook") String webhook) {
        webhooks.enable(caller.team(), webhook);
        sender.nudge();
    }
}
