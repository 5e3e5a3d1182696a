package org.moraine.jobs.files;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.jobs.openai.Deleted;
import org.moraine.jobs.openai.Listed;
import org.moraine.jobs.openai.Page;

/** {@code /v1/files}, as OpenAI's clients speak it. */
@Path("/v1/files")
@Produces(MediaType.APPLICATION_JSON)
class FilesResource {

    private static final int MOST = 10_000;

    private final StoredFiles files;
    private final CurrentCaller caller;
    private final LastBytes lastBytes;
    private final long largest;
    private final UploadPlaces places;

    FilesResource(
            StoredFiles files, UploadPlaces places, CurrentCaller caller, LastBytes lastBytes, FilesConfig config) {
        this.files = files;
        this.caller = caller;
        this.lastBytes = lastBytes;
        this.largest = config.largestFile().asLongValue();
        this.places = places;
    }

    @POST
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    public FileObject upload(@HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body)
            throws IOException, InterruptedException {
        TeamName team = caller.team();
        return FileObject.of(lastBytes.readFor(
                body, largest, () -> places.inTime(() -> new FileForm(files, largest).read(team, contentType, body))));
    }

    @GET
    public Listed<FileObject> list(
            @QueryParam("purpose") @Nullable String purpose,
            @QueryParam("after") @Nullable String after,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("order") @DefaultValue("desc") String order) {
        int size = Page.limit(limit, MOST, MOST);
        if (!order.equals("asc") && !order.equals("desc")) {
            throw Refused.invalid("order", "order is asc or desc");
        }
        if (purpose != null && purpose.indexOf('\0') >= 0) {
            throw Refused.invalid("purpose", "A NUL character is in no purpose");
        }
        StoredFile last = after == null
                ? null
                : files.find(caller.team(), after)
                        .orElseThrow(() -> Refused.invalid("after", "There is no file " + after));
        List<FileObject> found = files.page(caller.team(), purpose, last, size + 1, order.equals("asc")).stream()
                .map(FileObject::of)
                .toList();
        return Listed.of(found, size, FileObject::id);
    }

    @GET
    @Path("/{id}")
    public FileObject get(@PathParam("id") String id) {
        return FileObject.of(files.require(caller.team(), id));
    }

    @GET
    @Path("/{id}/content")
    @Produces(MediaType.WILDCARD)
    public Response content(@PathParam("id") String id) throws IOException {
        StoredFile file = files.require(caller.team(), id);
        return Response.ok(files.read(file.blob().digest()), MediaType.APPLICATION_OCTET_STREAM)
                .header(HttpHeaders.CONTENT_LENGTH, file.blob().size())
                .build();
    }

    @DELETE
    @Path("/{id}")
    public Deleted delete(@PathParam("id") String id) {
        files.delete(caller.team(), id);
        return Deleted.of(id, "file");
    }
}
