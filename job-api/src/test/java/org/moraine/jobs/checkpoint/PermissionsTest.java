package org.moraine.jobs.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.jobs.Client;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.WithQueuedJob;

@QuarkusTest
@WithTestResource(RealParts.class)
class PermissionsTest extends WithQueuedJob {

    private Client admin;
    private Client globex;
    private String model;
    private String permissions;

    @BeforeEach
    void aCheckpoint() {
        admin = stage.admin();
        globex = stage.team("globex");
        stage.team("initech");
        worker.leaves(worker.take(), 3, "after three steps");
        model = team.get(path("/checkpoints"))
                .ok()
                .at("/data/0/fine_tuned_model_checkpoint")
                .asText();
        permissions = "/v1/fine_tuning/checkpoints/" + model + "/permissions";
    }

    @Test
    void aTeamSeesAnothersCheckpointWhileItHasPermission() {
        assertThat(model).isEqualTo("ft:pebble:acme::" + job.substring(job.length() - 8) + ":ckpt-step-3");
        assertThat(team.get("/v1/models/" + model).ok().get("owned_by").asText())
                .isEqualTo("acme");
        assertThat(globex.get("/v1/models/" + model).status()).isEqualTo(404);

        JsonNode granted = grant("globex").ok();

        assertThat(granted.get("object").asText()).isEqualTo("list");
        assertThat(granted.get("has_more").asBoolean()).isFalse();
        JsonNode permission = granted.at("/data/0");
        assertThat(permission.get("object").asText()).isEqualTo("checkpoint.permission");
        assertThat(permission.get("id").asText()).matches("cp_[A-Za-z0-9]{24}");
        assertThat(permission.get("project_id").asText()).isEqualTo("globex");
        assertThat(permission.get("created_at").isIntegralNumber()).isTrue();
        assertThat(globex.get("/v1/models/" + model).ok().get("owned_by").asText())
                .isEqualTo("acme");
        assertThat(stage.team("initech").get("/v1/models/" + model).status()).isEqualTo(404);
        assertThat(globex.delete("/v1/models/" + model).status()).isEqualTo(404);

        String id = permission.get("id").asText();
        assertThat(admin.delete(permissions + "/" + id).ok().toString())
                .isEqualTo("{\"id\":\"" + id + "\",\"object\":\"checkpoint.permission\",\"deleted\":true}");
        assertThat(globex.get("/v1/models/" + model).status()).isEqualTo(404);
        assertThat(admin.delete(permissions + "/" + id).status()).isEqualTo(404);
    }

    @Test
    void aPermissionIsGivenOnce() {
        JsonNode first = grant("globex").ok();

        assertThat(grant("globex").ok()).isEqualTo(first);
        assertThat(admin.get(permissions).ok().get("data")).hasSize(1);
    }

    @Test
    void permissionsComeInPagesInEitherOrder() {
        JsonNode granted = grant("globex", "initech", "acme").ok();
        List<String> ids = granted.get("data").findValuesAsText("id");

        JsonNode page = admin.get(permissions + "?limit=2").ok();
        JsonNode rest = admin.get(
                        permissions + "?limit=2&after=" + page.get("last_id").asText())
                .ok();

        assertThat(page.get("data").findValuesAsText("id")).containsExactly(ids.get(2), ids.get(1));
        assertThat(page.get("has_more").asBoolean()).isTrue();
        assertThat(page.get("first_id").asText()).isEqualTo(ids.get(2));
        assertThat(rest.get("data").findValuesAsText("id")).containsExactly(ids.get(0));
        assertThat(rest.get("has_more").asBoolean()).isFalse();
        assertThat(admin.get(permissions + "?order=ascending").ok().get("data").findValuesAsText("id"))
                .isEqualTo(ids);
        assertThat(admin.get(permissions + "?project_id=initech")
                        .ok()
                        .get("data")
                        .findValuesAsText("id"))
                .containsExactly(ids.get(1));
        assertThat(admin.get(permissions + "?order=asc").status()).isEqualTo(400);
        assertThat(admin.get(permissions + "?after=cp_none").status()).isEqualTo(400);
    }

    @Test
    void onlyTheAdminGivesPermissionsAndSeesNothingElse() {
        assertThat(team.get(permissions).status()).isEqualTo(403);
        assertThat(team.post(permissions, Map.of("project_ids", List.of("globex")))
                        .status())
                .isEqualTo(403);
        assertThat(admin.get(path("")).status()).isEqualTo(403);
        assertThat(admin.get("/v1/files").status()).isEqualTo(403);
        assertThat(admin.get("/internal/workers").status()).isIn(403, 404, 405);
    }

    @Test
    void whatIsNotThereIsRefusedByItsName() {
        Client.Answer noTeam = grant("nobody");
        assertThat(noTeam.status()).isEqualTo(400);
        assertThat(noTeam.json().at("/error/param").asText()).isEqualTo("project_ids");
        assertThat(grant("no team's name!").status()).isEqualTo(400);
        assertThat(admin.post(permissions, Map.of("project_ids", List.of())).status())
                .isEqualTo(400);
        String none = permissions.replace("ckpt-step-3", "ckpt-step-4");
        assertThat(admin.get(none).status()).isEqualTo(404);
        assertThat(admin.get("/v1/fine_tuning/checkpoints/%00/permissions").status())
                .isEqualTo(404);
    }

    @Test
    void aCheckpointsNameMayBeWrittenWithPercentSigns() {
        String encoded = "/v1/fine_tuning/checkpoints/" + model.replace(":", "%3A") + "/permissions";

        assertThat(admin.post(encoded, Map.of("project_ids", List.of("globex"))).status())
                .isEqualTo(200);
        assertThat(admin.get(permissions).ok().get("data")).hasSize(1);
    }

    private Client.Answer grant(String... teams) {
        return admin.post(permissions, Map.of("project_ids", List.of(teams)));
    }
}
