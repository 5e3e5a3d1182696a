package org.moraine.jobs.checkpoint;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.access.ForAdmins;
import org.moraine.access.Teams;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.jobs.openai.Deleted;
import org.moraine.jobs.openai.Fields;
import org.moraine.jobs.openai.Listed;
import org.moraine.jobs.openai.Page;
import org.moraine.jobs.openai.RequestBody;

/**
 * {@code /v1/fine_tuning/checkpoints/{model}/permissions}: the admin lets teams see another team's checkpoint. A
 * project of OpenAI's clients is a team, known by its name.
 */
@Path("/v1/fine_tuning/checkpoints/{model:.+}/permissions")
@Produces(MediaType.APPLICATION_JSON)
@ForAdmins
class PermissionsResource {

    private static final String OBJECT = "checkpoint.permission";
    private static final int PAGE = 10;
    private static final int MOST = 1000;
    private static final int MOST_TEAMS = 100;

    private final Permissions permissions;
    private final Teams teams;
    private final RequestBody bodies;

    PermissionsResource(Permissions permissions, Teams teams, RequestBody bodies) {
        this.permissions = permissions;
        this.teams = teams;
        this.bodies = bodies;
    }

    /** A permission as OpenAI's clients see it. */
    record PermissionObject(String id, String object, long createdAt, String projectId) {

        static PermissionObject of(Permissions.Permission permission) {
            return new PermissionObject(
                    permission.id(),
                    OBJECT,
                    permission.at().getEpochSecond(),
                    permission.team().value());
        }
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Listed<PermissionObject> grant(@PathParam("model") String model, InputStream body) throws IOException {
        List<TeamName> projects = Fields.of(bodies.read(body)).requiredTexts("project_ids", MOST_TEAMS).stream()
                .map(this::team)
                .toList();
        return listed(permissions.grant(model, projects), projects.size());
    }

    private TeamName team(String project) {
        return teams.find(project).orElseThrow(() -> noProject(project));
    }

    private static Refused noProject(String project) {
        return Refused.invalid("project_ids", "There is no team '" + project + "'");
    }

    @GET
    public Listed<PermissionObject> list(
            @PathParam("model") String model,
            @QueryParam("after") @Nullable String after,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("order") @DefaultValue("descending") String order,
            @QueryParam("project_id") @Nullable String project) {
        int size = Page.limit(limit, PAGE, MOST);
        if (!order.equals("ascending") && !order.equals("descending")) {
            throw Refused.invalid("order", "order is ascending or descending");
        }
        if (project != null && project.indexOf('\0') >= 0) {
            throw Refused.invalid("project_id", "A NUL character is in no team's name");
        }
        return listed(permissions.page(model, after, size + 1, order.equals("ascending"), project), size);
    }

    @DELETE
    @Path("/{permission}")
    public Deleted revoke(@PathParam("model") String model, @PathParam("permission") String permission) {
        permissions.revoke(model, permission);
        return Deleted.of(permission, OBJECT);
    }

    private static Listed<PermissionObject> listed(List<Permissions.Permission> found, int size) {
        return Listed.of(found.stream().map(PermissionObject::of).toList(), size, PermissionObject::id);
    }
}
