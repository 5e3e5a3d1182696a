package org.moraine.registry.hub;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.LowerCamelCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.TeamName;
import org.moraine.registry.adapter.Adapter;
import org.moraine.registry.adapter.Adapters;
import org.moraine.registry.alias.Alias;
import org.moraine.registry.alias.Aliases;
import org.moraine.registry.alias.Tag;
import org.moraine.registry.alias.Tags;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.Versions;

/** Adapters as the Hub's models: what there is, what one is, its branches, tags and commits. */
@Path("/api/models")
public class ModelsResource {

    private static final int LARGEST_PAGE = 1000;

    private final CurrentCaller caller;
    private final Revisions revisions;
    private final Adapters adapters;
    private final Versions versions;
    private final Aliases aliases;
    private final Tags tags;

    ModelsResource(
            CurrentCaller caller,
            Revisions revisions,
            Adapters adapters,
            Versions versions,
            Aliases aliases,
            Tags tags) {
        this.caller = caller;
        this.revisions = revisions;
        this.adapters = adapters;
        this.versions = versions;
        this.aliases = aliases;
        this.tags = tags;
    }

    /** A branch or tag. */
    @JsonNaming(LowerCamelCaseStrategy.class)
    record Ref(String name, String ref, String targetCommit) {
        static Ref branch(String name, String commit) {
            return new Ref(name, "refs/heads/" + name, commit);
        }

        static Ref tag(String name, String commit) {
            return new Ref(name, "refs/tags/" + name, commit);
        }
    }

    /** All of them; the two last are the Hub's own and always empty here. */
    @JsonNaming(LowerCamelCaseStrategy.class)
    record Refs(List<Ref> branches, List<Ref> tags, List<Ref> converts, List<Ref> pullRequests) {}

    /** A version as a commit. */
    record Commit(String id, String title, String message, List<Map<String, String>> authors, String date) {
        static Commit of(Version version) {
            return new Commit(
                    version.commit(),
                    version.title(),
                    "",
                    List.of(Map.of("user", version.adapter().team().value())),
                    HubTime.of(version.publishedAt()));
        }
    }

    @GET
    public Response list(
            @QueryParam("author") @Nullable String author,
            @QueryParam("search") @DefaultValue("") String search,
            @QueryParam("filter") List<String> filters,
            @QueryParam("limit") @DefaultValue("1000") int limit,
            @QueryParam("cursor") @DefaultValue("") String cursor,
            @Context UriInfo uri) {
        TeamName team = caller.team();
        if (author != null && !author.equals(team.value())) {
            return Response.ok(List.of()).build();
        }
        int most = Math.min(Math.max(1, limit), LARGEST_PAGE);
        List<ModelInfo> found = new ArrayList<>();
        String after = cursor;
        List<Version> newest;
        do {
            newest = versions.newestOfEach(team, after, LARGEST_PAGE);
            for (Version version : newest) {
                after = version.adapter().adapter();
                if (fits(version, search, filters)) {
                    found.add(ModelInfo.of(version.adapter().toString(), version, null, null));
                }
            }
        } while (newest.size() == LARGEST_PAGE && found.size() <= most);
        List<ModelInfo> page = found.subList(0, Math.min(most, found.size()));
        return new Page<>(page, found.size() > most ? page.get(most - 1).name() : null).answer(uri);
    }

    private static boolean fits(Version version, String search, List<String> filters) {
        String name = version.adapter().toString().toLowerCase(Locale.ROOT);
        return name.contains(search.toLowerCase(Locale.ROOT))
                && ModelInfo.tags(version).containsAll(filters);
    }

    @GET
    @Path("{team}/{adapter}")
    public Response info(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @QueryParam("blobs") @DefaultValue("false") boolean blobs) {
        Repository repository = revisions.repository(team, adapter);
        return info(repository, revisions.newest(repository), blobs);
    }

    @GET
    @Path("{team}/{adapter}/revision/{revision}")
    public Response info(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            @QueryParam("blobs") @DefaultValue("false") boolean blobs) {
        Repository repository = revisions.repository(team, adapter);
        return info(repository, revisions.require(repository, revision), blobs);
    }

    private Response info(Repository repository, Version version, boolean blobs) {
        Adapter adapter = adapters.require(version.adapter());
        List<ModelInfo.Sibling> siblings = versions.files(version).stream()
                .map(file -> ModelInfo.Sibling.of(file, blobs))
                .toList();
        return Warning.on(version, Response.ok(ModelInfo.of(repository.id(), version, adapter.createdAt(), siblings)))
                .build();
    }

    /** Says nothing but whether the caller may read it, or write it: a team may do both to what is its own. */
    @GET
    @Path("{team}/{adapter}/auth-check{write:(/write)?}")
    public Map<String, Object> authCheck(
            @PathParam("team") String team, @PathParam("adapter") String adapter, @PathParam("write") String write) {
        revisions.newest(write.isEmpty() ? revisions.repository(team, adapter) : revisions.own(team, adapter));
        return Map.of();
    }

    @GET
    @Path("{team}/{adapter}/refs")
    public Refs refs(@PathParam("team") String team, @PathParam("adapter") String adapter) {
        Repository repository = revisions.repository(team, adapter);
        Version newest = revisions.newest(repository);
        Map<Integer, String> commits = new LinkedHashMap<>(); // newest first
        versions.commits(repository.adapter()).forEach((version, commit) -> {
            if (repository.has(version)) {
                commits.put(version, commit);
            }
        });
        List<Ref> branches = new ArrayList<>(List.of(Ref.branch(Alias.NEWEST, newest.commit())));
        for (Alias alias : aliases.of(repository.adapter())) {
            String commit = commits.get(alias.version());
            if (commit != null) {
                branches.add(Ref.branch(alias.alias(), commit));
            }
        }
        List<Ref> named = new ArrayList<>();
        commits.forEach((version, commit) -> named.add(Ref.tag("v" + version, commit)));
        for (Tag tag : tags.of(repository.adapter())) {
            String commit = commits.get(tag.version());
            if (commit != null) {
                named.add(Ref.tag(tag.tag(), commit));
            }
        }
        return new Refs(branches, named, List.of(), List.of());
    }

    @GET
    @Path("{team}/{adapter}/commits/{revision}")
    public Response commits(
            @PathParam("team") String team,
            @PathParam("adapter") String adapter,
            @PathParam("revision") String revision,
            @QueryParam("limit") @DefaultValue("50") int limit,
            @QueryParam("cursor") @DefaultValue("2147483647") int cursor,
            @Context UriInfo uri) {
        Repository repository = revisions.repository(team, adapter);
        Version named = revisions.require(repository, revision);
        int most = Math.min(Math.max(1, limit), LARGEST_PAGE);
        List<Version> found = versions.upTo(repository.adapter(), Math.min(named.version(), cursor), most + 1);
        String next = found.size() > most ? String.valueOf(found.get(most).version()) : null;
        Response page = new Page<>(found.stream().limit(most).map(Commit::of).toList(), next).answer(uri);
        return Response.fromResponse(page)
                .header("X-Total-Count", versions.countUpTo(repository.adapter(), named.version()))
                .build();
    }
}
