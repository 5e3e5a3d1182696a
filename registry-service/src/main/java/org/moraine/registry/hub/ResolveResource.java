package org.moraine.registry.hub;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.moraine.registry.blob.Blobs;
import org.moraine.registry.mirror.Mirror;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.VersionFile;
import org.moraine.registry.version.Versions;

/**
 * A version's files. HEAD says what a file is: its commit, its name by content, its size; GET streams it from the object
 * store as fast as the client takes it.
 */
@Path("/{team}/{adapter}/{way:resolve|raw}/{revision}/{path:.+}")
@Blocking
public class ResolveResource {

    private static final String TEXT = "text/plain; charset=utf-8";

    private final Revisions revisions;
    private final Versions versions;
    private final Blobs blobs;
    private final Mirror mirror;

    ResolveResource(Revisions revisions, Versions versions, Blobs blobs, Mirror mirror) {
        this.revisions = revisions;
        this.versions = versions;
        this.blobs = blobs;
        this.mirror = mirror;
    }

    @HEAD
    public Response head(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            @PathParam("path") String path,
            @Context HttpHeaders headers) {
        Version version = revisions.require(revisions.repository(team, adapter), revision);
        Optional<VersionFile> found = versions.file(version, path);
        if (found.isEmpty()) {
            return HubErrors.noEntry(path, version.commit());
        }
        VersionFile file = found.get();
        Response.ResponseBuilder answer = unfit(headers, file);
        return answer == null
                ? about(Response.ok(), revision, version, file)
                        .header(HttpHeaders.CONTENT_LENGTH, file.size())
                        .build()
                : about(answer, revision, version, file).build();
    }

    @GET
    public Response get(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            @PathParam("path") String path,
            @HeaderParam("Range") @Nullable String range,
            @HeaderParam("If-Range") @Nullable String ifRange,
            @Context HttpHeaders headers)
            throws IOException {
        Repository repository = revisions.repository(team, adapter);
        Version version = revisions.require(repository, revision);
        Optional<VersionFile> found = versions.file(version, path);
        if (found.isEmpty()) {
            return HubErrors.noEntry(path, version.commit());
        }
        VersionFile file = found.get();
        Response.ResponseBuilder unfit = unfit(headers, file);
        if (unfit != null) {
            return about(unfit, revision, version, file).build();
        }
        boolean same = ifRange == null || ifRange.equals(quoted(file.etag()));
        Optional<ByteRange> part = same ? ByteRange.of(range, file.size()) : Optional.empty();
        if (part.isPresent() && part.get().isPastTheEnd()) {
            return about(Response.status(416), revision, version, file)
                    .header("Content-Range", part.get().of(file.size()))
                    .header(HttpHeaders.CONTENT_LENGTH, 0)
                    .build();
        }
        Optional<URI> link = file.big() ? blobs.link(file.digest()) : Optional.empty();
        if (link.isPresent()) {
            return about(Response.status(Response.Status.FOUND).location(link.get()), revision, version, file)
                    .header("Cache-Control", null)
                    .header("Cache-Control", "no-store")
                    .build();
        }
        ByteRange bytes = part.orElse(new ByteRange(0, file.size()));
        InputStream stream = repository.mirrored()
                ? mirror.read(version, file, bytes.from(), bytes.length())
                : blobs.read(file.digest(), file.size(), bytes.from(), bytes.length());
        Response.ResponseBuilder answer = about(Response.status(part.isPresent() ? 206 : 200), revision, version, file)
                .header(HttpHeaders.CONTENT_LENGTH, bytes.length())
                .entity(new Pulled(stream, bytes.length()));
        part.ifPresent(asked -> answer.header("Content-Range", bytes.of(file.size())));
        return answer.build();
    }

    /** 304 where the client has the file already, 412 where it wants another (RFC 9110, section 13); else null. */
    private static Response.@Nullable ResponseBuilder unfit(HttpHeaders headers, VersionFile file) {
        String wanted = headers.getHeaderString(HttpHeaders.IF_MATCH);
        if (wanted != null && !names(wanted, file)) {
            return Response.status(Response.Status.PRECONDITION_FAILED);
        }
        String known = headers.getHeaderString(HttpHeaders.IF_NONE_MATCH);
        return known != null && names(known.replace("W/", ""), file) ? Response.notModified() : null;
    }

    private static boolean names(String etags, VersionFile file) {
        return Stream.of(etags.split(","))
                .map(String::strip)
                .anyMatch(etag -> etag.equals("*") || etag.equals(quoted(file.etag())));
    }

    private static Response.ResponseBuilder about(
            Response.ResponseBuilder answer, String revision, Version version, VersionFile file) {
        String name = file.path().substring(file.path().lastIndexOf('/') + 1);
        answer.type(contentType(name))
                .header(HubErrors.COMMIT_HEADER, version.commit())
                .header("ETag", quoted(file.etag()))
                .header("Accept-Ranges", "bytes")
                .header(
                        "Cache-Control",
                        revision.matches(Revisions.COMMIT) ? "private, max-age=31536000, immutable" : "no-cache")
                .header("Content-Disposition", "inline; filename*=UTF-8''" + name + "; filename=\"" + name + "\";")
                .header("X-Content-Type-Options", "nosniff");
        Warning.on(version, answer);
        if (file.big()) {
            answer.header("X-Linked-Etag", quoted(file.etag())).header("X-Linked-Size", file.size());
        }
        return answer;
    }

    /**
     * Text and pictures of pixels are shown, anything else saved; nothing is ever a page of its own, which an SVG would be
     * too.
     */
    private static String contentType(String name) {
        String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return switch (ending) {
            case "json", "md", "txt", "jinja", "jsonl", "csv", "yaml", "yml", "toml", "py", "gitattributes" -> TEXT;
            case "license", "notice" -> TEXT;
            case "png", "gif", "webp" -> "image/" + ending;
            case "jpg", "jpeg" -> "image/jpeg";
            default -> "application/octet-stream";
        };
    }

    private static String quoted(String etag) {
        return '"' + etag + '"';
    }
}
