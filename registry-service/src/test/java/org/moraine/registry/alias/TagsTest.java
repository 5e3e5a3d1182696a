package org.moraine.registry.alias;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Publication;
import org.moraine.registry.RegistryTest;

@QuarkusTest
class TagsTest extends RegistryTest {

    private final AdapterName adapter = anAdapter();
    private final String tags = "/api/v1/adapters/" + adapter + "/tags";
    private Publication.Made first;

    @BeforeEach
    void publishTwoVersions() {
        first = published(adapter, aJob(), Map.of("a.txt", text("one")));
        published(adapter, aJob(), Map.of("a.txt", text("two")));
    }

    @Test
    void aTagIsARevisionThatStays() {
        HttpResponse<byte[]> set = sendJson("PUT", tags + "/audited", ACME, Map.of("version", 1, "message", "by us"));
        HttpResponse<byte[]> again = sendJson("PUT", tags + "/audited", ACME, Map.of("version", 1));

        assertThat(set.statusCode()).isEqualTo(201);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(json(again)).isEqualTo(json(set));
        assertThat(json(get(tags, ACME)).get(0)).isEqualTo(json(set));
        for (String revision : new String[] {"audited", "refs%2Ftags%2Faudited"}) {
            assertThat(get("/" + adapter + "/resolve/" + revision + "/a.txt", ACME)
                            .body())
                    .isEqualTo(text("one"));
        }
        JsonNode refs = json(get("/api/models/" + adapter + "/refs", ACME));
        assertThat(refs.get("tags"))
                .filteredOn(tag -> tag.get("name").asText().equals("audited"))
                .extracting(tag -> tag.get("targetCommit").asText())
                .containsExactly(first.commit());
    }

    @Test
    void aTagDoesNotMoveAndSharesNoNameWithAnAlias() {
        sendJson("PUT", tags + "/audited", ACME, Map.of("version", 1));
        String aliases = "/api/v1/adapters/" + adapter + "/aliases/";
        sendJson("PUT", aliases + "production", ACME, Map.of("version", 1));

        HttpResponse<byte[]> moved = sendJson("PUT", tags + "/audited", ACME, Map.of("version", 2));
        HttpResponse<byte[]> alias = sendJson("PUT", aliases + "audited", ACME, Map.of("version", 2));
        HttpResponse<byte[]> tag = sendJson("PUT", tags + "/production", ACME, Map.of("version", 1));

        assertThat(json(moved).get("code").asText()).isEqualTo("name_taken");
        assertThat(json(moved).get("detail").asText()).contains("a tag of version 1");
        assertThat(json(alias).get("code").asText()).isEqualTo("name_taken");
        assertThat(json(tag).get("code").asText()).isEqualTo("name_taken");
    }

    @Test
    void aTagCanBeTakenAway() {
        sendJson("PUT", tags + "/audited", ACME, Map.of("version", 1));

        assertThat(send("DELETE", tags + "/audited", ACME, new byte[0]).statusCode())
                .isEqualTo(204);
        assertThat(send("DELETE", tags + "/audited", ACME, new byte[0]).statusCode())
                .isEqualTo(404);
        assertThat(get("/" + adapter + "/resolve/audited/a.txt", ACME).headers().firstValue("X-Error-Code"))
                .hasValue("RevisionNotFound");
    }

    @ParameterizedTest
    @ValueSource(strings = {"main", "v9", "12", "a..b", "-a", "0123456789012345678901234567890123456789"})
    void aTagThatCouldBeMistakenIsRefused(String tag) {
        HttpResponse<byte[]> refused = sendJson("PUT", tags + "/" + tag, ACME, Map.of("version", 1));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("field").asText()).isEqualTo("tag");
    }

    @Test
    void othersSetAndSeeNoTags() {
        assertThat(sendJson("PUT", tags + "/x", UMBRELLA, Map.of("version", 1)).statusCode())
                .isEqualTo(404);
        assertThat(get(tags, UMBRELLA).statusCode()).isEqualTo(404);
        assertThat(sendJson("PUT", tags + "/x", WORKER, Map.of("version", 1)).statusCode())
                .isEqualTo(403);
    }
}
