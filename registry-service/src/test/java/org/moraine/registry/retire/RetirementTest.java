package org.moraine.registry.retire;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Publication;
import org.moraine.registry.RegistryTest;

@QuarkusTest
class RetirementTest extends RegistryTest {

    private final AdapterName adapter = anAdapter();
    private final String path = "/api/v1/adapters/" + adapter;
    private final JobId job = aJob();
    private Publication.Made second;

    @BeforeEach
    void publishTwoVersions() {
        published(adapter, aJob(), Map.of("a.txt", text("one")));
        second = published(adapter, job, Map.of("a.txt", text("two")));
    }

    @Test
    void whoPullsADeprecatedVersionIsWarned() {
        HttpResponse<byte[]> deprecated = sendJson("PUT", path + "/versions/1/deprecation", ACME, message("use v2"));

        assertThat(json(deprecated).get("deprecated").asText()).isEqualTo("use v2");
        String warning = "deprecated " + adapter + " v1; " + adapter + " v1 is deprecated: use v2";
        for (String pulled : List.of("/" + adapter + "/resolve/v1/a.txt", "/api/models/" + adapter + "/revision/v1")) {
            assertThat(get(pulled, ACME).headers().firstValue("X-HF-Warning")).hasValue(warning);
            assertThat(head(pulled, ACME).headers().firstValue("X-HF-Warning")).hasValue(warning);
        }
        assertThat(get("/" + adapter + "/resolve/main/a.txt", ACME).headers().firstValue("X-HF-Warning"))
                .isEmpty();
    }

    @Test
    void aDeprecationIsTakenBack() {
        sendJson("PUT", path + "/versions/1/deprecation", ACME, message("use v2"));

        HttpResponse<byte[]> back = send("DELETE", path + "/versions/1/deprecation", ACME, new byte[0]);

        assertThat(json(back).get("deprecated").isNull()).isTrue();
        assertThat(get("/" + adapter + "/resolve/v1/a.txt", ACME).headers().firstValue("X-HF-Warning"))
                .isEmpty();
    }

    @Test
    void contentThatAnotherVersionHasIsNotDeprecatedByItsCommit() {
        Publication.Made third = published(adapter, aJob(), Map.of("a.txt", text("one")));
        sendJson("PUT", path + "/versions/1/deprecation", ACME, message("use v3"));

        String byCommit = "/" + adapter + "/resolve/" + third.commit() + "/a.txt";

        assertThat(get(byCommit, ACME).headers().firstValue("X-HF-Warning")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\nb", "caf\u00e9"})
    void aWarningThatNoHeaderCarriesIsRefused(String message) {
        HttpResponse<byte[]> refused = sendJson("PUT", path + "/versions/1/deprecation", ACME, message(message));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("field").asText()).isEqualTo("message");
    }

    @Test
    void aDeletedVersionIsNotThereAndComesBackAsItWas() {
        byte[] before = get(path + "/versions/2", ACME).body();

        assertThat(delete(path + "/versions/2").statusCode()).isEqualTo(204);

        assertThat(get(path + "/versions/2", ACME).statusCode()).isEqualTo(404);
        assertThat(json(get(path, ACME)).get("newest").asInt()).isEqualTo(1);
        assertThat(get("/" + adapter + "/resolve/main/a.txt", ACME).body()).isEqualTo(text("one"));
        for (String revision : List.of("v2", second.commit())) {
            assertThat(get("/" + adapter + "/resolve/" + revision + "/a.txt", ACME)
                            .headers()
                            .firstValue("X-Error-Code"))
                    .hasValue("RevisionNotFound");
        }
        assertThat(json(get(path + "/deleted", ACME)).at("/0/version").asInt()).isEqualTo(2);

        assertThat(send("POST", path + "/versions/2/restore", ACME, new byte[0]).statusCode())
                .isEqualTo(200);

        assertThat(get(path + "/versions/2", ACME).body()).isEqualTo(before);
        assertThat(get("/" + adapter + "/resolve/main/a.txt", ACME).body()).isEqualTo(text("two"));
        assertThat(json(get(path + "/deleted", ACME))).isEmpty();
    }

    @Test
    void aNumberIsNotGivenTwiceAndAJobKeepsItsVersion() {
        delete(path + "/versions/2");

        Publication.Made third = published(adapter, aJob(), Map.of("a.txt", text("three")));
        HttpResponse<byte[]> again = publish(adapter, aPublication(job, Map.of("a.txt", text("two"))));

        assertThat(third.version()).isEqualTo(3);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(json(again).get("version").asInt()).isEqualTo(2);
    }

    @Test
    void whatAnAliasPointsAtIsNotDeleted() {
        sendJson("PUT", path + "/aliases/production", ACME, Map.of("version", 1));

        HttpResponse<byte[]> refused = delete(path + "/versions/1");

        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(json(refused).get("code").asText()).isEqualTo("version_in_use");
        assertThat(json(refused).get("detail").asText()).contains("production");
        assertThat(get("/" + adapter + "/resolve/production/a.txt", ACME).statusCode())
                .isEqualTo(200);
    }

    @Test
    void anAliasDoesNotMoveToWhatIsDeleted() {
        delete(path + "/versions/1");

        assertThat(sendJson("PUT", path + "/aliases/production", ACME, Map.of("version", 1))
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void anAdapterIsDeletedAndRestoredAsAWhole() {
        sendJson("PUT", path + "/aliases/production", ACME, Map.of("version", 2));
        published(adapter, aJob(), Map.of("a.txt", text("three")));
        delete(path + "/versions/3");

        assertThat(delete(path).statusCode()).isEqualTo(204);

        for (String route : List.of("", "/versions", "/versions/1", "/aliases")) {
            assertThat(get(path + route, ACME).statusCode()).as(route).isEqualTo(404);
        }
        assertThat(get("/api/models/" + adapter, ACME).headers().firstValue("X-Error-Code"))
                .hasValue("RepoNotFound");
        assertThat(delete(path).statusCode()).isEqualTo(404);
        assertThat(json(get(path + "/deleted", ACME))).hasSize(3);

        assertThat(send("POST", path + "/restore", ACME, new byte[0]).statusCode())
                .isEqualTo(204);

        assertThat(json(get(path + "/versions", ACME)).get("versions")).hasSize(2);
        assertThat(get("/" + adapter + "/resolve/production/a.txt", ACME).body())
                .isEqualTo(text("two"));
    }

    @Test
    void aJobThatPublishesIntoADeletedAdapterMakesItsNextVersion() {
        delete(path);

        Publication.Made third = published(adapter, aJob(), Map.of("a.txt", text("three")));

        assertThat(third.version()).isEqualTo(3);
        assertThat(json(get(path + "/versions", ACME)).get("versions"))
                .extracting(version -> version.get("version").asInt())
                .containsExactly(3);
        assertThat(send("POST", path + "/versions/1/restore", ACME, new byte[0]).statusCode())
                .isEqualTo(200);
        assertThat(get("/" + adapter + "/resolve/v1/a.txt", ACME).body()).isEqualTo(text("one"));
    }

    @Test
    void onlyTheTeamRetiresItsVersions() {
        for (String route : List.of("/versions/1", "")) {
            assertThat(send("DELETE", path + route, UMBRELLA, new byte[0]).statusCode())
                    .isEqualTo(404);
            assertThat(send("DELETE", path + route, WORKER, new byte[0]).statusCode())
                    .isEqualTo(403);
        }
        assertThat(send("POST", path + "/versions/1/restore", UMBRELLA, new byte[0])
                        .statusCode())
                .isEqualTo(404);
        assertThat(sendJson("PUT", path + "/versions/1/deprecation", UMBRELLA, message("x"))
                        .statusCode())
                .isEqualTo(404);
        assertThat(get(path + "/deleted", UMBRELLA).statusCode()).isEqualTo(404);
        assertThat(delete(path + "/versions/9").statusCode()).isEqualTo(404);
    }

    private HttpResponse<byte[]> delete(String what) {
        return send("DELETE", what, ACME, new byte[0]);
    }

    private static Map<String, String> message(String text) {
        return Map.of("message", text);
    }
}
