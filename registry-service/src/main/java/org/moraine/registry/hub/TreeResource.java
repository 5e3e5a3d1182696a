package org.moraine.registry.hub;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.VersionFile;
import org.moraine.registry.version.Versions;

/** What files a version has: as a tree, or of some paths. */
@Path("/api/models/{team}/{adapter}")
public class TreeResource {

    private static final int LARGEST_PAGE = 1000;

    private final Revisions revisions;
    private final Versions versions;

    TreeResource(Revisions revisions, Versions versions) {
        this.revisions = revisions;
        this.versions = versions;
    }

    /** The paths that are asked for; the JavaScript client sends them so, the Python client as a form. */
    record Paths(@Nullable List<String> paths, boolean expand) {}

    @GET
    @Path("tree/{revision}{path:(/.*)?}")
    public Response tree(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            @PathParam("path") String path,
            @QueryParam("recursive") @DefaultValue("false") boolean recursive,
            @QueryParam("expand") @DefaultValue("false") boolean expand,
            @QueryParam("limit") @DefaultValue("1000") int limit,
            @QueryParam("cursor") @DefaultValue("") String cursor,
            @Context UriInfo uri) {
        Version version = revisions.require(revisions.repository(team, adapter), revision);
        List<VersionFile> files = versions.files(version);
        String folder = path.replaceAll("^/+|/+$", "");
        List<TreeEntry> all = TreeEntry.in(folder, version, files, recursive, expand);
        if (all.isEmpty() && !folder.isEmpty()) {
            return TreeEntry.at(folder, version, files, expand)
                    .map(file -> Response.ok(List.of(file)).build())
                    .orElseGet(() -> HubErrors.noEntry(folder, version.commit()));
        }
        return Page.of(all, TreeEntry::path, cursor, Math.min(limit, LARGEST_PAGE))
                .answer(uri);
    }

    @POST
    @Path("paths-info/{revision}")
    @Consumes(MediaType.APPLICATION_JSON)
    public List<TreeEntry> pathsInfo(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            @Nullable Paths asked) {
        Version version = revisions.require(revisions.repository(team, adapter), revision);
        List<String> paths = asked == null || asked.paths == null ? List.of() : asked.paths;
        return entries(version, paths, asked != null && asked.expand);
    }

    @POST
    @Path("paths-info/{revision}")
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    public List<TreeEntry> pathsInfo(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            MultivaluedMap<String, String> form) {
        Version version = revisions.require(revisions.repository(team, adapter), revision);
        return entries(version, form.getOrDefault("paths", List.of()), Boolean.parseBoolean(form.getFirst("expand")));
    }

    private List<TreeEntry> entries(Version version, List<String> paths, boolean expand) {
        List<VersionFile> files = versions.files(version);
        return paths.stream()
                .map(path -> TreeEntry.at(path, version, files, expand))
                .flatMap(Optional::stream)
                .toList();
    }
}
