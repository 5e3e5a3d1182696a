package org.moraine.registry.hub;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.LowerCamelCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;
import org.moraine.registry.alias.Alias;
import org.moraine.registry.blob.Blobs;
import org.moraine.registry.blob.Brought;
import org.moraine.registry.publish.Uploading;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.VersionFile;
import org.moraine.registry.version.Versions;

/** A team uploads a version: first it asks how to send each file, then it commits the files, or what was sent before. */
@Path("/api/models/{team}/{adapter}")
@Blocking
public class CommitResource {

    private static final int MOST_ASKED = 1000;

    /** Up to this size any client may send a file inside the commit. */
    private static final long SMALL = 10 << 20;

    /** What a refused commit still has to say is read up to this, since its sender listens only afterwards. */
    private static final long STILL_READ = 1L << 30;

    private final CurrentCaller caller;
    private final Visible visible;
    private final Revisions revisions;
    private final Versions versions;
    private final Blobs blobs;
    private final Brought brought;
    private final Uploading uploading;

    CommitResource(
            CurrentCaller caller,
            Visible visible,
            Revisions revisions,
            Versions versions,
            Blobs blobs,
            Brought brought,
            Uploading uploading) {
        this.caller = caller;
        this.visible = visible;
        this.revisions = revisions;
        this.versions = versions;
        this.blobs = blobs;
        this.brought = brought;
        this.uploading = uploading;
    }

    /** The files that are about to be sent. */
    record Planned(@Nullable List<PlannedFile> files) {}

    /** One of them; clients send its first bytes too, which say nothing to us. */
    record PlannedFile(@Nullable String path, long size) {}

    record Modes(List<Mode> files) {}

    /**
     * How to send a file.
     *
     * @param uploadMode {@code regular}: inside the commit, {@code lfs}: before it
     * @param oid what the file is now; a client that has the same leaves it out
     */
    @JsonNaming(LowerCamelCaseStrategy.class)
    record Mode(
            String path,
            String uploadMode,
            boolean shouldIgnore,
            @Nullable String oid) {}

    /** A commit that was made. */
    @JsonNaming(LowerCamelCaseStrategy.class)
    record Made(boolean success, String commitOid, String commitUrl, String hookOutput) {}

    @POST
    @Path("preupload/{revision}")
    public Modes preupload(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            @QueryParam("create_pr") @Nullable String pullRequest,
            @HeaderParam(HttpHeaders.USER_AGENT) @Nullable String agent,
            @Nullable Planned planned) {
        AdapterName name = writable(team, adapter, revision, pullRequest);
        if (planned == null || planned.files == null || planned.files.size() > MOST_ASKED) {
            throw Refused.invalid("files", "Ask for at most " + MOST_ASKED + " files");
        }
        Map<String, VersionFile> now = versions.newest(name).map(versions::files).orElse(List.of()).stream()
                .collect(Collectors.toMap(VersionFile::path, Function.identity()));
        return new Modes(planned.files.stream()
                .map(file -> mode(file, now.get(file.path), python(agent)))
                .toList());
    }

    private static Mode mode(PlannedFile planned, @Nullable VersionFile now, boolean python) {
        String path = new Manifest.File(String.valueOf(planned.path), planned.size, Digest.of(new byte[0])).path();
        boolean inside = planned.size <= (python ? CommitLines.LARGEST_INSIDE : SMALL);
        String oid = now == null ? null : inside ? now.gitSha1() : now.digest().hex();
        return new Mode(path, inside ? "regular" : "lfs", false, oid);
    }

    /** The Python client would send a file beside the commit by a protocol of the Hub's own (Xet): so never ask it to. */
    private static boolean python(@Nullable String agent) {
        return agent != null && agent.contains("hf_hub/");
    }

    @POST
    @Path("commit/{revision}")
    @Consumes(MediaType.WILDCARD)
    public Made commit(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            @QueryParam("create_pr") @Nullable String pullRequest,
            @Context UriInfo uri,
            InputStream body)
            throws IOException {
        try {
            AdapterName name = writable(team, adapter, revision, pullRequest);
            CommitLines.Commit commit = CommitLines.read(
                    body,
                    blobs,
                    (path, digest) -> brought.size(name.team(), digest)
                            .orElseThrow(() -> Refused.invalid(
                                    "oid",
                                    "The blob of '" + path + "' (" + digest + ") has not been sent; send it first")));
            String made = uploading.upload(name, commit.changes(), commit.summary(), commit.parent(), caller.team());
            String url = uri.getBaseUriBuilder()
                    .path(name + "/commit/" + made)
                    .build()
                    .toString();
            return new Made(true, made, url, "");
        } catch (Refused refused) {
            readOn(body);
            throw refused;
        }
    }

    private static void readOn(InputStream body) throws IOException {
        byte[] piece = new byte[1 << 16];
        long left = STILL_READ;
        for (int length; left > 0 && (length = body.read(piece)) > 0; ) {
            left -= length;
        }
    }

    private AdapterName writable(String team, String adapter, String revision, @Nullable String pullRequest) {
        TeamName unused = caller.team();
        AdapterName name = versions.requireAdapter(visible.adapter(team, adapter));
        if (pullRequest != null) {
            throw Refused.invalid("create_pr", "There are no pull requests here; commit to " + Alias.NEWEST);
        }
        if (!revision.equals(Alias.NEWEST) && !revision.equals("refs/heads/" + Alias.NEWEST)) {
            Version newest = revisions.newest(revisions.own(team, adapter));
            throw Refused.invalid(
                    "revision",
                    "A version is made on " + Alias.NEWEST + " (now " + newest.tag() + "), not on '" + revision
                            + "'; point an alias at it afterwards");
        }
        return name;
    }
}
