package org.moraine.registry.signature;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.moraine.contracts.Refused;

/** The key that signatures are verified with. */
@Path("/api/v1/signing-key")
@Tag(name = "signatures")
public class SigningKeyResource {

    private final Signatures signatures;

    SigningKeyResource(Signatures signatures) {
        this.signatures = signatures;
    }

    @GET
    @Produces(MediaType.TEXT_PLAIN)
    @Operation(summary = "The public key that versions are signed with, in PEM")
    public String key() {
        return signatures
                .publicKey()
                .orElseThrow(() -> Refused.absent("not_signed", null, "This registry has no key; it signs nothing"));
    }
}
