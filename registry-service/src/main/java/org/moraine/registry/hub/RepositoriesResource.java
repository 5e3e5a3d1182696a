package org.moraine.registry.hub;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;
import org.moraine.registry.adapter.Adapters;
import org.moraine.registry.retire.Retirement;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** Makes an adapter that a version can be uploaded into, and deletes one; looks at a model card before it is sent. */
@Path("/api")
@Blocking
@Consumes(MediaType.WILDCARD)
public class RepositoriesResource {

    private static final Pattern FRONT =
            Pattern.compile("\\A---\\r?\\n(.*?)(?:\\r?\\n)?---(?:\\r?\\n|\\z)", Pattern.DOTALL);
    private static final int LONGEST_CARD = 1 << 20;

    private final CurrentCaller caller;
    private final Visible visible;
    private final Adapters adapters;
    private final Retirement retirement;

    RepositoriesResource(CurrentCaller caller, Visible visible, Adapters adapters, Retirement retirement) {
        this.caller = caller;
        this.visible = visible;
        this.adapters = adapters;
        this.retirement = retirement;
    }

    /**
     * A repository as clients name it there.
     *
     * @param type a model where none is given
     * @param files what the JavaScript client can have in it from the start
     */
    record Named(
            @Nullable String name,
            @Nullable String organization,
            @Nullable String type,
            @Nullable List<Object> files) {}

    /** Where a repository is. The client reads it also out of a 409. */
    record There(
            String url, String name, String id, @Nullable String error) {}

    record Card(@Nullable String content) {}

    record Remark(String message) {}

    record Remarks(List<Remark> errors, List<Remark> warnings) {}

    @POST
    @Path("repos/create")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response create(@Context UriInfo uri, @Nullable Named named) {
        AdapterName name = own(named);
        if (named != null && named.files != null && !named.files.isEmpty()) {
            throw Refused.invalid("files", "A repository begins without files; commit them");
        }
        boolean made = adapters.make(name);
        String error = made ? null : "You already created this model repo";
        return Response.status(made ? Response.Status.OK : Response.Status.CONFLICT)
                .entity(new There(uri.getBaseUri() + name.toString(), name.toString(), name.toString(), error))
                .build();
    }

    @DELETE
    @Path("repos/delete")
    @Consumes(MediaType.APPLICATION_JSON)
    public Map<String, Object> delete(@Nullable Named named) {
        retirement.delete(own(named), caller.team());
        return Map.of();
    }

    private AdapterName own(@Nullable Named named) {
        TeamName team = caller.team();
        if (named == null || named.name == null) {
            throw Refused.invalid("name", "Say the repository's name");
        }
        if (named.type != null && !named.type.equals("model")) {
            throw Refused.invalid("type", "There are only models here, no " + named.type + "s");
        }
        if (named.organization != null && !named.organization.equals(team.value())) {
            throw Refused.forbidden("This key is of " + team + " and makes nothing in '" + named.organization + "'");
        }
        AdapterName name = new AdapterName(team, named.name);
        if (visible.isMirrored(name)) {
            throw Visible.mirrored(name);
        }
        return name;
    }

    /** Refuses a card whose front matter is no YAML mapping, in the client's words. */
    @POST
    @Path("validate-yaml")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response validate(@Nullable Card card) {
        if (card == null || card.content == null || card.content.length() > LONGEST_CARD) {
            throw Refused.invalid("content", "Send the card's text, at most " + LONGEST_CARD + " letters");
        }
        Matcher front = FRONT.matcher(card.content);
        if (!front.find()) {
            return Response.ok(new Remarks(List.of(), List.of())).build();
        }
        try {
            Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(front.group(1));
            return read == null || read instanceof Map
                    ? Response.ok(new Remarks(List.of(), List.of())).build()
                    : invalid("The card's metadata is no mapping of names to values");
        } catch (YAMLException e) {
            return invalid(String.valueOf(e.getMessage()));
        }
    }

    private static Response invalid(String message) {
        return Response.fromResponse(HubErrors.answer(400, null, message))
                .entity(new Remarks(List.of(new Remark(message)), List.of()))
                .build();
    }
}
