package org.moraine.jobs.files;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.TeamName;
import org.moraine.jobs.openai.Fields;
import org.moraine.jobs.openai.RequestBody;

/** {@code /v1/uploads}: a file comes in parts, in any order and several at once, as OpenAI's clients speak it. */
@Path("/v1/uploads")
@Produces(MediaType.APPLICATION_JSON)
class UploadsResource {

    private static final int LARGEST_PART = 64 << 20;
    private static final int LONGEST_NAME = 512;

    private final Uploads uploads;
    private final StoredFiles files;
    private final UploadPlaces places;
    private final LastBytes lastBytes;
    private final CurrentCaller caller;
    private final RequestBody bodies;
    private final long largest;

    UploadsResource(
            Uploads uploads,
            StoredFiles files,
            UploadPlaces places,
            LastBytes lastBytes,
            CurrentCaller caller,
            RequestBody bodies,
            FilesConfig config) {
        this.uploads = uploads;
        this.files = files;
        this.places = places;
        this.lastBytes = lastBytes;
        this.caller = caller;
        this.bodies = bodies;
        this.largest = config.largestUpload().asLongValue();
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public UploadObject begin(InputStream body) throws IOException {
        Fields request = Fields.of(bodies.read(body));
        String filename = request.requiredText("filename");
        if (filename.length() > LONGEST_NAME) {
            throw request.refused("filename", "has at most " + LONGEST_NAME + " characters");
        }
        Purpose purpose = Purpose.ofUpload(request.requiredText("purpose"));
        long bytes = request.requiredLong("bytes", 1, largest);
        request.requiredText("mime_type");
        Fields life = request.inner("expires_after");
        String seconds = life.object().path("seconds").asText(null);
        return answer(uploads.begin(
                caller.team(),
                new Uploads.Announced(filename, purpose, bytes, Life.of(life.text("anchor"), seconds, life::pathOf))));
    }

    @POST
    @Path("/{id}/parts")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    public UploadObject.Part add(
            @PathParam("id") String id, @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body)
            throws IOException, InterruptedException {
        TeamName team = caller.team();
        return lastBytes.readFor(body, LARGEST_PART, () -> {
            long whole = uploads.requirePending(team, id).announced().bytes();
            MultipartBody form = new MultipartBody(files, "data", Math.min(whole, LARGEST_PART));
            return UploadObject.Part.of(
                    places.inTime(() -> form.read(contentType, body, () -> {}, blob -> uploads.add(team, id, blob))));
        });
    }

    @POST
    @Path("/{id}/complete")
    @Consumes(MediaType.APPLICATION_JSON)
    public UploadObject complete(@PathParam("id") String id, InputStream body)
            throws IOException, InterruptedException {
        Fields request = Fields.of(bodies.read(body));
        List<String> parts = request.requiredTexts("part_ids", Uploads.MOST_PARTS);
        String md5 = request.text("md5");
        return answer(uploads.complete(caller.team(), id, parts, md5));
    }

    @POST
    @Path("/{id}/cancel")
    public UploadObject cancel(@PathParam("id") String id) {
        return answer(uploads.cancel(caller.team(), id));
    }

    private UploadObject answer(Uploads.Upload upload) {
        return UploadObject.of(upload, file(upload));
    }

    /** Null where the upload is not completed, or its file was deleted since. */
    private @Nullable StoredFile file(Uploads.Upload upload) {
        return upload.file() == null
                ? null
                : files.find(upload.team(), upload.file()).orElse(null);
    }
}
