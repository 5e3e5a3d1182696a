package org.moraine.registry.signature;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.moraine.blobs.signature.SignedModel;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.registry.Visible;
import org.moraine.registry.version.Versions;

/** The signatures of versions and of their content. */
@Path("/api/v1/adapters/{team}/{adapter}")
@Blocking
@Tag(name = "signatures")
public class SignaturesResource {

    private final Visible visible;
    private final Versions versions;
    private final Signatures signatures;

    SignaturesResource(Visible visible, Versions versions, Signatures signatures) {
        this.visible = visible;
        this.versions = versions;
        this.signatures = signatures;
    }

    @GET
    @Path("versions/{version:[0-9]{1,9}}/signature")
    @Operation(
            summary = "A version's signature, a Sigstore bundle of OpenSSF Model Signing",
            description = "model_signing verify key FOLDER --signature FILE --public_key KEY")
    @APIResponse(
            responseCode = "200",
            description = "The bundle",
            content = @Content(mediaType = SignedModel.MEDIA_TYPE, schema = @Schema(type = SchemaType.OBJECT)))
    public Response signature(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("version") int version) {
        AdapterName name = visible.adapter(team, adapter);
        int there = versions.require(name, version).version();
        String bundle = signatures
                .find(name, there)
                .orElseThrow(() -> Refused.absent(
                        "not_signed", "version", "Version " + version + " was made when the registry had no key"));
        return Response.ok(bundle, SignedModel.MEDIA_TYPE).build();
    }

    @GET
    @Path("commits/{commit:[0-9a-f]{40}}/signature")
    @Operation(
            summary = "The signature of a commit's content, for who pulled by a revision",
            description = "Versions of the same content share a commit; any of their signatures is for it.")
    @APIResponse(
            responseCode = "200",
            description = "The bundle",
            content = @Content(mediaType = SignedModel.MEDIA_TYPE, schema = @Schema(type = SchemaType.OBJECT)))
    public Response signature(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("commit") String commit) {
        AdapterName name = visible.adapter(team, adapter);
        String bundle = signatures
                .find(name, commit)
                .orElseThrow(() -> Refused.absent(
                        "not_signed", "commit", "There is no signed version of commit " + commit + " of " + name));
        return Response.ok(bundle, SignedModel.MEDIA_TYPE).build();
    }
}
