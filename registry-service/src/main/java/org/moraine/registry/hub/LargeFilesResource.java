package org.moraine.registry.hub;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;
import org.moraine.registry.blob.Brought;
import org.moraine.registry.version.Versions;

/** Files that are sent beside a commit, by git LFS's batch protocol and its basic transfer. */
@Path("/")
@Blocking
public class LargeFilesResource {

    private static final String LFS = "application/vnd.git-lfs+json";
    private static final int MOST_ASKED = 1000;

    private final CurrentCaller caller;
    private final Visible visible;
    private final Versions versions;
    private final Brought brought;

    LargeFilesResource(CurrentCaller caller, Visible visible, Versions versions, Brought brought) {
        this.caller = caller;
        this.visible = visible;
        this.versions = versions;
        this.brought = brought;
    }

    /** What is to be sent. */
    record Batch(@Nullable String operation, @Nullable List<Wanted> objects) {}

    record Wanted(@Nullable String oid, long size) {}

    record Answers(String transfer, List<Answer> objects) {}

    /** How to send an object; without actions it is here already. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Answer(String oid, long size, @Nullable Map<String, Action> actions) {}

    record Action(String href, Map<String, String> header) {}

    @POST
    @Path("{team}/{repository:[^/]+\\.git}/info/lfs/objects/batch")
    @Consumes({LFS, MediaType.APPLICATION_JSON})
    @Produces(LFS)
    public Answers batch(
            @PathParam("team") String team,
            @PathParam("repository") String repository,
            @Context UriInfo uri,
            @Nullable Batch batch) {
        TeamName by = caller.team();
        AdapterName name = there(team, repository);
        if (batch == null || !"upload".equals(batch.operation)) {
            throw Refused.invalid("operation", "Only uploads go this way; files are read by their resolve address");
        }
        if (batch.objects == null || batch.objects.size() > MOST_ASKED) {
            throw Refused.invalid("objects", "Ask for at most " + MOST_ASKED + " objects");
        }
        return new Answers(
                "basic",
                batch.objects.stream()
                        .map(wanted -> answer(wanted, name, by, uri))
                        .toList());
    }

    private Answer answer(Wanted wanted, AdapterName name, TeamName by, UriInfo uri) {
        Digest digest = new Digest(String.valueOf(wanted.oid));
        if (wanted.size < 0) {
            throw Refused.invalid("size", "A file's size is its number of bytes, not " + wanted.size);
        }
        if (brought.size(by, digest).equals(Optional.of(wanted.size))) {
            return new Answer(digest.hex(), wanted.size, null);
        }
        String base = uri.getBaseUri().toString();
        String link = brought.link(by, digest, wanted.size);
        return new Answer(
                digest.hex(),
                wanted.size,
                Map.of(
                        "upload", new Action(base + LinkResource.PATH + link, Map.of()),
                        "verify", new Action(base + name + ".git/info/lfs/objects/verify", Map.of())));
    }

    /** Whether a file that was sent has arrived. */
    @POST
    @Path("{team}/{repository:[^/]+\\.git}/info/lfs/objects/verify")
    @Consumes({LFS, MediaType.APPLICATION_JSON})
    public void verify(
            @PathParam("team") String team, @PathParam("repository") String repository, @Nullable Wanted sent) {
        TeamName by = caller.team();
        there(team, repository);
        Digest digest = new Digest(sent == null ? "" : String.valueOf(sent.oid));
        if (sent == null || !brought.size(by, digest).equals(Optional.of(sent.size))) {
            throw Refused.absent("file_not_found", "oid", "The file " + digest + " of that size has not arrived");
        }
    }

    private AdapterName there(String team, String repository) {
        return versions.requireAdapter(
                visible.adapter(team, repository.substring(0, repository.length() - ".git".length())));
    }
}
