package org.moraine.jobs.lease;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import org.moraine.access.ForWorkers;
import org.moraine.contracts.DataFile;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Lease;
import org.moraine.contracts.Refused;
import org.moraine.jobs.files.StoredFiles;

/** Where workers claim, renew and give back leases, and fetch what they train on. */
@Path("/internal")
@Produces(MediaType.APPLICATION_JSON)
@ForWorkers
class LeasesResource {

    private final Leases leases;
    private final StoredFiles files;

    LeasesResource(Leases leases, StoredFiles files) {
        this.leases = leases;
        this.files = files;
    }

    @POST
    @Path("/leases")
    @Consumes(MediaType.APPLICATION_JSON)
    public Lease claim(Lease.Claim claim) {
        return leases.claim(claim);
    }

    @PUT
    @Path("/leases/{job}/{attempt}")
    public Lease renew(@PathParam("job") String job, @PathParam("attempt") int attempt) {
        return leases.renew(new JobId(job), attempt);
    }

    @DELETE
    @Path("/leases/{job}/{attempt}")
    public void giveBack(@PathParam("job") String job, @PathParam("attempt") int attempt) {
        leases.giveBack(new JobId(job), attempt);
    }

    @GET
    @Path("/jobs/{job}/{attempt}/training-file")
    @Produces(MediaType.APPLICATION_OCTET_STREAM)
    public Response trainingFile(@PathParam("job") String job, @PathParam("attempt") int attempt) throws IOException {
        return file(leases.spec(new JobId(job), attempt).trainingFile());
    }

    @GET
    @Path("/jobs/{job}/{attempt}/validation-file")
    @Produces(MediaType.APPLICATION_OCTET_STREAM)
    public Response validationFile(@PathParam("job") String job, @PathParam("attempt") int attempt) throws IOException {
        DataFile file = leases.spec(new JobId(job), attempt).validationFile();
        if (file == null) {
            throw Refused.absent("file_not_found", "validation_file", "Job " + job + " has no validation file");
        }
        return file(file);
    }

    private Response file(DataFile file) throws IOException {
        return Response.ok(files.read(file.digest()))
                .header(HttpHeaders.CONTENT_LENGTH, file.bytes())
                .build();
    }
}
