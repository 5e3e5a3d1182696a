package org.moraine.registry.blob;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.moraine.access.ForWorkers;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;

/** Workers bring a job's files, blob by blob; bringing one twice is harmless. */
@Path("/api/v1/blobs/{digest}")
@ForWorkers
@Blocking
@Tag(name = "blobs")
public class BlobsResource {

    private static final String OFFSET = "Upload-Offset";

    private final Blobs blobs;

    BlobsResource(Blobs blobs) {
        this.blobs = blobs;
    }

    /** A blob that is stored. */
    record Stored(Digest digest, @JsonProperty("size") long bytes) {}

    @HEAD
    @Operation(
            summary = "Whether a blob is stored; its size as Content-Length",
            description = "Where it is not, Upload-Offset says how much of it has come by PATCH.")
    @APIResponse(responseCode = "200", description = "It is; its size as Content-Length")
    @APIResponse(responseCode = "404", description = "It is not; Upload-Offset says how much of it has come")
    public Response head(@PathParam("digest") String digest) throws IOException {
        Digest named = new Digest(digest);
        OptionalLong size = blobs.size(named);
        return size.isEmpty()
                ? Response.status(Response.Status.NOT_FOUND)
                        .header(OFFSET, blobs.received(named))
                        .build()
                : Response.ok()
                        .header(HttpHeaders.CONTENT_LENGTH, size.getAsLong())
                        .build();
    }

    @PUT
    @Consumes(MediaType.WILDCARD)
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "Store a blob: 201 where it is new, 200 where it was there")
    @APIResponse(
            responseCode = "201",
            description = "It is stored",
            content = @Content(schema = @Schema(implementation = Stored.class)))
    @APIResponse(
            responseCode = "200",
            description = "It was there",
            content = @Content(schema = @Schema(implementation = Stored.class)))
    public Response put(
            @PathParam("digest") String digest,
            @Parameter(hidden = true) @HeaderParam(HttpHeaders.CONTENT_LENGTH) @Nullable Long size,
            InputStream bytes)
            throws IOException {
        Digest named = new Digest(digest);
        if (size == null || size < 0) {
            throw Refused.invalid("length_required", "content_length", "Send the blob's size as Content-Length");
        }
        return stored(blobs.put(named, size, bytes), named, size);
    }

    @PATCH
    @Consumes(MediaType.WILDCARD)
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Bring a blob piece by piece: 204 with the new Upload-Offset, 201 when all of it is stored",
            description =
                    "Upload-Offset is where the body's first byte belongs, Upload-Length the whole blob's size. After"
                            + " a broken connection HEAD says where to go on.")
    @APIResponse(
            responseCode = "201",
            description = "All of it is stored",
            content = @Content(schema = @Schema(implementation = Stored.class)))
    @APIResponse(responseCode = "204", description = "Upload-Offset says where to go on")
    public Response append(
            @PathParam("digest") String digest,
            @HeaderParam(OFFSET) @Nullable Long from,
            @HeaderParam("Upload-Length") @Nullable Long size,
            InputStream bytes)
            throws IOException {
        Digest named = new Digest(digest);
        if (from == null || from < 0) {
            throw Refused.invalid("upload_offset", "Send where the bytes belong as Upload-Offset");
        }
        if (size == null || size < 0) {
            throw Refused.invalid("length_required", "upload_length", "Send the blob's size as Upload-Length");
        }
        long there = blobs.append(named, from, size, bytes);
        return there == size
                ? stored(true, named, size)
                : Response.noContent().header(OFFSET, there).build();
    }

    private static Response stored(boolean added, Digest named, long size) {
        return Response.status(added ? Response.Status.CREATED : Response.Status.OK)
                .entity(new Stored(named, size))
                .build();
    }
}
