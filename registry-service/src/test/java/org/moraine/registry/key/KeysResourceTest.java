package org.moraine.registry.key;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.registry.RegistryTest;

/** Keys for persons and programs. */
@QuarkusTest
class KeysResourceTest extends RegistryTest {

    private static final String KEYS = "/api/v1/keys";

    @Test
    void aKeyOpensItsTeamUntilItIsTakenAwayAndItsSecretIsToldOnce() {
        HttpResponse<byte[]> answer = sendJson("POST", KEYS, ADMIN, Map.of("holder", "ci", "team", "acme"));

        assertThat(answer.statusCode()).isEqualTo(201);
        JsonNode made = json(answer);
        String secret = made.get("secret").asText();
        assertThat(secret).startsWith("hf_");
        assertThat(made.get("holder").asText()).isEqualTo("ci");
        assertThat(json(get("/api/whoami-v2", secret)).get("name").asText()).isEqualTo("acme");
        assertThat(json(get(KEYS, ADMIN)).toString())
                .contains(made.get("key").asText())
                .doesNotContain(secret, "secret");

        String address = KEYS + "/" + made.get("key").asText();
        assertThat(send("DELETE", address, ADMIN, new byte[0]).statusCode()).isEqualTo(204);

        assertThat(get("/api/whoami-v2", secret).statusCode()).isEqualTo(401);
        assertThat(send("DELETE", address, ADMIN, new byte[0]).statusCode()).isEqualTo(404);
    }

    @Test
    void aTeamOfItsOwnIsMadeWithItsFirstKey() {
        String team = anAdapter().adapter();

        String key = json(sendJson("POST", KEYS, ADMIN, Map.of("holder", "first", "team", team)))
                .get("secret")
                .asText();

        assertThat(json(get("/api/whoami-v2", key)).get("name").asText()).isEqualTo(team);
    }

    @Test
    void onlyTheAdminMakesAndSeesKeys() {
        for (String key : List.of(ACME, WORKER)) {
            assertThat(get(KEYS, key).statusCode()).isEqualTo(403);
            assertThat(sendJson("POST", KEYS, key, Map.of("holder", "a", "admin", true))
                            .statusCode())
                    .isEqualTo(403);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"holder\": \"a\"}",
                "{\"holder\": \"a/b\", \"team\": \"acme\"}",
                "{\"holder\": \"a\", \"team\": \"a b\"}",
                "{\"holder\": \"a\", \"team\": \"acme\", \"admin\": true}"
            })
    void whatIsNoKeyIsRefused(String wanted) {
        assertThat(send("POST", KEYS, ADMIN, text(wanted), "Content-Type", "application/json")
                        .statusCode())
                .isEqualTo(400);
    }
}
