package org.moraine.jobs.checkpoint;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.access.ForWorkers;
import org.moraine.blobs.Blob;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Refused;
import org.moraine.contracts.SavedCheckpoint;

/** Where an attempt brings its checkpoints, file by file and the manifest last, and fetches what it goes on from. */
@Path("/internal/checkpoints/{job}/{attempt}")
@Produces(MediaType.APPLICATION_JSON)
@ForWorkers
class WorkerCheckpointsResource {

    private final Checkpoints checkpoints;

    WorkerCheckpointsResource(Checkpoints checkpoints) {
        this.checkpoints = checkpoints;
    }

    /** The checkpoints whose bytes are held, newest first. */
    @GET
    public List<SavedCheckpoint> held(@PathParam("job") String job, @PathParam("attempt") int attempt) {
        return checkpoints.held(new JobId(job), attempt);
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public void save(@PathParam("job") String job, @PathParam("attempt") int attempt, SavedCheckpoint checkpoint) {
        checkpoints.save(new JobId(job), attempt, checkpoint);
    }

    @PUT
    @Path("/blobs/{digest}")
    @Consumes(MediaType.WILDCARD)
    public void put(
            @PathParam("job") String job,
            @PathParam("attempt") int attempt,
            @PathParam("digest") String digest,
            @HeaderParam(HttpHeaders.CONTENT_LENGTH) @Nullable Long size,
            InputStream bytes)
            throws IOException, InterruptedException {
        if (size == null || size < 0) {
            throw Refused.invalid("length_required", "content_length", "Send the file's size as Content-Length");
        }
        try {
            checkpoints.put(new JobId(job), attempt, new Blob(new Digest(digest), size), bytes);
        } catch (Refused refused) {
            long unused = bytes.skip(Math.min(size, checkpoints.largestFile())); // who sends reads no answer before
            throw refused;
        }
    }

    @GET
    @Path("/blobs/{digest}")
    @Produces(MediaType.APPLICATION_OCTET_STREAM)
    public Response get(
            @PathParam("job") String job, @PathParam("attempt") int attempt, @PathParam("digest") String digest)
            throws IOException {
        Blob blob = checkpoints.require(new JobId(job), attempt, new Digest(digest));
        return Response.ok(checkpoints.read(blob))
                .header(HttpHeaders.CONTENT_LENGTH, blob.size())
                .build();
    }
}
