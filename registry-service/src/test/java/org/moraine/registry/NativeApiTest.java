package org.moraine.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Publication;

@QuarkusTest
class NativeApiTest extends RegistryTest {

    private final AdapterName adapter = anAdapter();
    private final String path = "/api/v1/adapters/" + adapter;
    private final JobId job = aJob();
    private final byte[] file = bytes(33);
    private Publication.Made made;

    @BeforeEach
    void publishThreeVersions() {
        made = published(adapter, job, Map.of("a.bin", file));
        published(adapter, aJob(), Map.of("a.bin", bytes(4)));
        published(adapter, aJob(), Map.of("a.bin", bytes(5)));
    }

    @Test
    void aVersionIsReadWithItsManifestAndSettings() {
        JsonNode version = json(get(path + "/versions/1", ACME));

        assertThat(version.get("adapter").asText()).isEqualTo(adapter.toString());
        assertThat(version.get("version").asInt()).isEqualTo(1);
        assertThat(version.get("commit").asText()).isEqualTo(made.commit());
        assertThat(version.get("job").asText()).isEqualTo(job.value());
        assertThat(version.get("base_model").asText()).isEqualTo("pebble");
        assertThat(version.get("method").asText()).isEqualTo("mora");
        assertThat(version.get("size").asLong()).isEqualTo(33);
        assertThat(version.at("/settings/loss").asDouble()).isEqualTo(0.25);
        assertThat(version.get("published_at").asText()).matches("\\d{4}-.*Z");
        assertThat(version.get("manifest").toString())
                .isEqualTo("{\"files\":[{\"path\":\"a.bin\",\"size\":33,\"digest\":\"" + Digest.of(file) + "\"}]}");
        assertThat(version.has("tag")).isFalse();
    }

    @Test
    void anAdapterIsReadWithItsVersionsAndAliases() {
        sendJson("PUT", path + "/aliases/staging", ACME, Map.of("version", 2));

        JsonNode read = json(get(path, ACME));

        assertThat(read.get("newest").asInt()).isEqualTo(3);
        assertThat(read.get("versions"))
                .extracting(version -> version.get("version").asInt())
                .containsExactly(3, 2, 1);
        assertThat(read.get("aliases")).hasSize(1);
        assertThat(read.at("/aliases/0/alias").asText()).isEqualTo("staging");
        assertThat(read.at("/aliases/0/version").asInt()).isEqualTo(2);
    }

    @Test
    void versionsAndAdaptersAreListedInPages() {
        JsonNode newest = json(get(path + "/versions?limit=2", ACME));
        JsonNode rest = json(get(path + "/versions?limit=2&before=2", ACME));
        JsonNode adapters = json(get("/api/v1/adapters?limit=1000", ACME));
        JsonNode after = json(get("/api/v1/adapters?limit=1&after=" + adapter.adapter(), ACME));

        assertThat(newest.get("versions"))
                .extracting(v -> v.get("version").asInt())
                .containsExactly(3, 2);
        assertThat(newest.get("has_more").asBoolean()).isTrue();
        assertThat(rest.get("versions"))
                .extracting(v -> v.get("version").asInt())
                .containsExactly(1);
        assertThat(rest.get("has_more").asBoolean()).isFalse();
        assertThat(adapters.get("adapters"))
                .extracting(a -> a.get("adapter").asText())
                .contains(adapter.toString());
        assertThat(after.get("adapters"))
                .allSatisfy(a -> assertThat(a.get("adapter").asText()).isGreaterThan(adapter.toString()));
    }

    @Test
    void versionsAreFoundByWhatMadeThemAndWhatCameOfIt() {
        sendJson("PUT", path + "/tags/audited", ACME, Map.of("version", 2));
        String search = "/api/v1/versions?adapter=" + adapter.adapter();

        assertThat(found(search)).containsExactly(3, 2, 1);
        assertThat(found(search + "&method=mora&base_model=pebble")).containsExactly(3, 2, 1);
        assertThat(found(search + "&method=lora")).isEmpty();
        assertThat(found(search + "&base_model=other")).isEmpty();
        assertThat(found(search + "&tag=audited")).containsExactly(2);
        assertThat(found(search + "&metric=loss%3C0.3&metric=rank%3E%3D8")).containsExactly(3, 2, 1);
        assertThat(found(search + "&metric=loss%3D0.25")).containsExactly(3, 2, 1);
        assertThat(found(search + "&metric=loss%3E0.25")).isEmpty();
        assertThat(found(search + "&metric=nothing%3E0")).isEmpty();
        assertThat(found(search + "&team=umbrella")).isEmpty();
        assertThat(json(get("/api/v1/versions", UMBRELLA)).get("versions")).isEmpty();
        assertThat(json(get(search + "&team=acme", WORKER)).get("versions")).hasSize(3);
        assertThat(get(search, WORKER).statusCode()).isEqualTo(400);
    }

    @Test
    void aSearchComesInPages() {
        String search = "/api/v1/versions?limit=2&adapter=" + adapter.adapter();
        JsonNode page = json(get(search, ACME));

        JsonNode rest = json(get(search + "&after=" + page.get("next").asText(), ACME));

        assertThat(page.get("versions"))
                .extracting(version -> version.get("version").asInt())
                .containsExactly(3, 2);
        assertThat(rest.get("versions"))
                .extracting(version -> version.get("version").asInt())
                .containsExactly(1);
        assertThat(rest.get("next").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "metric=loss",
                "metric=loss~1",
                "metric=a'b%3C1",
                "metric=loss%3Cx",
                "after=x",
                "after=2024-99-99T99:99:99Z,bot,1",
                "limit=0"
            })
    void aSearchThatMakesNoSenseIsRefused(String query) {
        HttpResponse<byte[]> refused = get("/api/v1/versions?" + query, ACME);

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("field").asText()).isEqualTo(query.replaceFirst("=.*", ""));
    }

    @Test
    void twoVersionsAreHeldAgainstEachOther() {
        Map<String, byte[]> files = Map.of(
                "a.bin",
                file,
                "training.json",
                text("{\"data\":\"b.jsonl\",\"training\":{\"seed\":2},\"steps\":[{}]}"));
        published(
                adapter,
                aJob(),
                Map.of(
                        "a.bin",
                        bytes(9),
                        "training.json",
                        text("{\"data\":\"a.jsonl\",\"training\":{\"seed\":2},\"steps\":[{}]}")));
        files.values().forEach(this::putBlob);
        Publication fifth = aPublication(aJob(), files);
        publish(
                adapter,
                new Publication(
                        fifth.job(),
                        fifth.baseModel(),
                        fifth.method(),
                        Map.of("rank", 16, "loss", 0.25),
                        fifth.manifest()));
        sendJson("PUT", path + "/aliases/production", ACME, Map.of("version", 5));

        JsonNode compared =
                json(get("/api/v1/comparison?left=" + adapter + "@v4&right=" + adapter + "@production", ACME));
        JsonNode first = json(get("/api/v1/comparison?left=" + adapter + "@1&right=" + adapter + "@5", ACME));

        assertThat(compared.at("/left/version").asInt()).isEqualTo(4);
        assertThat(compared.get("settings").toString()).isEqualTo("{\"rank\":{\"left\":8,\"right\":16}}");
        assertThat(compared.get("training").toString())
                .isEqualTo("{\"data\":{\"left\":\"a.jsonl\",\"right\":\"b.jsonl\"}}");
        assertThat(compared.at("/files/changed").toString()).isEqualTo("[\"a.bin\",\"training.json\"]");
        assertThat(first.at("/files/only_right").toString()).isEqualTo("[\"training.json\"]");
        assertThat(first.at("/files/changed")).isEmpty();
    }

    @Test
    void aVersionGivesTheRequestOfItsJob() {
        published(
                adapter,
                aJob(),
                Map.of(
                        "export.json",
                        text("{\"base\":{\"revision\":\"" + "a".repeat(40) + "\"}}"),
                        "training.json",
                        text("""
                {"base": "owner/name", "data": "%s", "validation": null, "examples": 9,
                 "adapter": {"method": "mora", "mora_type": 6, "rank": 4, "alpha": 4.0, "target_modules": ["q_proj"],
                             "variation": {"use_rslora": false, "rank_pattern": {"k": 2}, "modules_to_save": []}},
                 "training": {"epochs": 2, "steps": null, "batch_size": 4, "schedule": {"decay": "linear"}, "seed": 7,
                              "skips": {"in_a_row": 3}, "evaluation": {"validation_split": 0.0, "keep": "last"}},
                 "steps": [{"step": 1}]}""".formatted("b".repeat(64)))));

        JsonNode request = json(get(path + "/versions/4/job-request", ACME));

        assertThat(request.toString())
                .isEqualTo(json(get(path + "/versions/4/job-request", WORKER)).toString());
        assertThat(request.get("model").asText()).isEqualTo("owner/name@" + "a".repeat(40));
        assertThat(request.get("training_file").asText()).isEqualTo("b".repeat(64));
        assertThat(request.has("validation_file")).isFalse();
        assertThat(request.get("suffix").asText()).isEqualTo(adapter.adapter());
        assertThat(request.get("seed").asInt()).isEqualTo(7);
        JsonNode asked = request.at("/method/supervised/hyperparameters");
        assertThat(asked.get("adapter_type").asText()).isEqualTo("mora");
        assertThat(asked.get("n_epochs").asInt()).isEqualTo(2);
        assertThat(asked.get("schedule").asText()).isEqualTo("linear");
        assertThat(asked.get("skips_in_a_row").asInt()).isEqualTo(3);
        assertThat(asked.at("/rank_pattern/k").asInt()).isEqualTo(2);
        assertThat(asked.has("steps") || asked.has("validation_split") || asked.has("keep"))
                .isFalse();
        assertThat(json(get(path + "/versions/1/job-request", ACME)).get("code").asText())
                .isEqualTo("no_training_record");
        assertThat(get(path + "/versions/4/job-request", UMBRELLA).statusCode()).isEqualTo(404);
    }

    @Test
    void anotherTeamsVersionIsNotCompared() {
        String query = "/api/v1/comparison?left=" + adapter + "@1&right=" + adapter + "@2";

        assertThat(get(query, UMBRELLA).statusCode()).isEqualTo(404);
        assertThat(get("/api/v1/comparison?left=" + adapter + "@1", ACME).statusCode())
                .isEqualTo(400);
        assertThat(get(query.replace("@2", "@nightly"), ACME).statusCode()).isEqualTo(404);
    }

    private List<Integer> found(String search) {
        HttpResponse<byte[]> answer = get(search, ACME);
        assertThat(answer.statusCode()).as(search).isEqualTo(200);
        return StreamSupport.stream(json(answer).get("versions").spliterator(), false)
                .map(version -> version.get("version").asInt())
                .toList();
    }

    @Test
    void anAliasMovesAndEveryMoveIsKept() {
        String alias = path + "/aliases/production";
        sendJson("PUT", alias, ACME, Map.of("version", 1));
        sendJson("PUT", alias, ACME, Map.of("version", 3, "expected_version", 1));
        HttpResponse<byte[]> again = sendJson("PUT", alias, ACME, Map.of("version", 3, "expected_version", 1));
        HttpResponse<byte[]> last = sendJson("PUT", alias, ACME, Map.of("version", 2, "expected_version", 3));

        assertThat(again.statusCode()).as("it points there already").isEqualTo(200);
        assertThat(json(last).get("version").asInt()).isEqualTo(2);
        assertThat(json(last).get("moved_by").asText()).isEqualTo("acme");
        assertThat(json(get(alias, ACME))).isEqualTo(json(last));
        assertThat(send("DELETE", alias + "?expected_version=2", ACME, new byte[0])
                        .statusCode())
                .isEqualTo(204);
        assertThat(get(alias, ACME).statusCode()).isEqualTo(404);
        JsonNode moves = json(get(alias + "/moves", ACME));
        assertThat(moves.get("moves"))
                .extracting(move -> move.get("from") + " to " + move.get("to") + " by "
                        + move.get("moved_by").asText())
                .containsExactly("2 to null by acme", "3 to 2 by acme", "1 to 3 by acme", "null to 1 by acme");
        assertThat(moves.get("has_more").asBoolean()).isFalse();
        JsonNode page = json(
                get(alias + "/moves?limit=2&before=" + moves.at("/moves/1/move").asLong(), ACME));
        assertThat(page.get("moves")).extracting(move -> move.get("to").asInt()).containsExactly(3, 1);
    }

    @Test
    void whoDoesNotKnowWhereAnAliasPointsDoesNotMoveIt() {
        String alias = path + "/aliases/production";
        assertThat(sendJson("PUT", alias, ACME, Map.of("version", 2, "expected_version", 1))
                        .statusCode())
                .as("there is no such alias yet")
                .isEqualTo(409);
        sendJson("PUT", alias, ACME, Map.of("version", 2));

        HttpResponse<byte[]> unknowing = sendJson("PUT", alias, ACME, Map.of("version", 3));
        HttpResponse<byte[]> wrong = sendJson("PUT", alias, ACME, Map.of("version", 3, "expected_version", 1));

        for (HttpResponse<byte[]> refused : List.of(unknowing, wrong, send("DELETE", alias, ACME, new byte[0]))) {
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(json(refused).get("code").asText()).isEqualTo("alias_elsewhere");
            assertThat(json(refused).get("detail").asText()).contains("points at version 2");
        }
        assertThat(json(get(alias, ACME)).get("version").asInt()).isEqualTo(2);
    }

    @Test
    void ofManyWhoMoveAnAliasAtOnceOneDoes() throws Exception {
        String alias = path + "/aliases/production";
        sendJson("PUT", alias, ACME, Map.of("version", 1));

        List<HttpResponse<byte[]>> answers =
                atOnce(8, i -> sendJson("PUT", alias, ACME, Map.of("version", 2 + i % 2, "expected_version", 1)));

        int now = json(get(alias, ACME)).get("version").asInt();
        assertThat(answers).allSatisfy(answer -> assertThat(answer.statusCode()).isIn(200, 409));
        assertThat(answers.stream().filter(answer -> answer.statusCode() == 200))
                .allSatisfy(answer ->
                        assertThat(json(answer).get("version").asInt()).isEqualTo(now));
        assertThat(json(get(alias + "/moves", ACME)).get("moves")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "main",
                "v3",
                "3",
                "0123456789012345678901234567890123456789",
                "-x",
                "a..b",
                "a%2Fb",
                "HEAD",
                "%20"
            })
    void anAliasThatCouldBeMistakenIsRefused(String alias) {
        HttpResponse<byte[]> refused = sendJson("PUT", path + "/aliases/" + alias, ACME, Map.of("version", 1));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("field").asText()).isEqualTo("alias");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"version\":null}", "{\"version\":\"x\"}", "[1]", "{\"version\":", "null", ""})
    void anAliasWithoutAVersionIsRefused(String body) {
        HttpResponse<byte[]> refused =
                send("PUT", path + "/aliases/production", ACME, text(body), "Content-Type", "application/json");

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(json(refused).get("detail").asText()).isNotBlank();
    }

    @Test
    void anAliasForAVersionThatIsNotThereIsRefused() {
        HttpResponse<byte[]> refused = sendJson("PUT", path + "/aliases/production", ACME, Map.of("version", 4));

        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(json(refused).get("code").asText()).isEqualTo("version_not_found");
        assertThat(json(refused).get("detail").asText()).contains("the newest is 3");
        assertThat(json(refused).get("title").asText()).isEqualTo("Version not found");
    }

    @Test
    void anotherTeamSeesAndMovesNothing() {
        for (String route : List.of("", "/versions", "/versions/1")) {
            HttpResponse<byte[]> answer = get(path + route, UMBRELLA);
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(json(answer).get("code").asText()).isEqualTo("adapter_not_found");
        }
        assertThat(sendJson("PUT", path + "/aliases/production", UMBRELLA, Map.of("version", 1))
                        .statusCode())
                .isEqualTo(404);
        assertThat(json(get("/api/v1/adapters", UMBRELLA)).get("adapters")).isEmpty();
    }

    @Test
    void aWrongKeyIsRefusedAsAProblem() {
        HttpResponse<byte[]> refused = get(path, "wrong-key-wrong-key");

        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(json(refused).get("status").asInt()).isEqualTo(401);
    }

    @Test
    void aWorkerReadsButMovesNoAlias() {
        assertThat(get(path + "/versions/1", WORKER).statusCode()).isEqualTo(200);
        assertThat(sendJson("PUT", path + "/aliases/production", WORKER, Map.of("version", 1))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void theApiDescribesItself() {
        JsonNode description = json(get("/q/openapi?format=json", ""));

        assertThat(description.at("/info/title").asText()).isEqualTo("Moraine registry");
        List<String> paths = new java.util.ArrayList<>();
        description.get("paths").fieldNames().forEachRemaining(paths::add);
        assertThat(paths).isNotEmpty().allMatch(route -> route.startsWith("/api/v1/"));
    }

    @Test
    void theDescriptionNamesFieldsAsTheyAreAnsweredAndSaysHowItRefuses() {
        JsonNode description = json(get("/q/openapi?format=json", ""));
        JsonNode schemas = description.at("/components/schemas");

        assertThat(names(schemas.at("/WithFiles/properties")))
                .containsAll(names(json(get(path + "/versions/1", ACME))));
        assertThat(names(schemas.at("/Version/properties")))
                .containsExactlyInAnyOrderElementsOf(
                        names(json(get(path + "/versions", ACME)).at("/versions/0")));
        assertThat(schemas.at("/Version/required").toString())
                .contains("\"version\"", "\"commit\"")
                .doesNotContain("deprecated");
        assertThat(schemas.at("/Version/properties/deprecated/type").toString()).contains("null");
        assertThat(schemas.at("/AdapterName/type").asText()).isEqualTo("string");
        assertThat(description.get("paths").findValues("responses"))
                .isNotEmpty()
                .allSatisfy(responses -> assertThat(responses.has("default")).isTrue());
        assertThat(names(schemas.at("/ProblemDetails/properties")))
                .containsExactlyInAnyOrderElementsOf(names(json(get(path, "wrong"))));
    }

    @Test
    void theDescriptionPromisesNoBodyOfHeadAndAsksForNoHeaderThatHttpItselfSends() {
        JsonNode blob = json(get("/q/openapi?format=json", "")).get("paths").get("/api/v1/blobs/{digest}");

        assertThat(blob.get("head").get("responses"))
                .isNotEmpty()
                .allSatisfy(answer -> assertThat(answer.has("content")).isFalse());
        assertThat(blob.get("put").findValuesAsText("name")).doesNotContain("Content-Length");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/v1/webhooks, {\"url\": \"\"}",
        "PUT, /versions/1/deprecation, old",
        "PUT, /aliases/production, {\"version\": 1}",
        "PUT, /retention, {\"keep_newest\": 1}"
    })
    void aBodyThatDoesNotSayItIsJsonIsRefused(String method, String route, String body) {
        String wanted = route.startsWith("/api") ? route : path + route;

        HttpResponse<byte[]> refused = send(method, wanted, ACME, text(body), "Content-Type", "text/plain");

        assertThat(refused.statusCode()).isEqualTo(415);
        assertThat(json(refused).get("status").asInt()).isEqualTo(415);
    }

    @Test
    void aTextThatTheDatabaseCannotKeepIsRefused() {
        HttpResponse<byte[]> refused =
                sendJson("PUT", path + "/versions/1/deprecation", ACME, Map.of("message", "no\0letter"));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("code").asText()).isEqualTo("invalid_value");
        assertThat(get("/api/v1/adapters?after=%00", ACME).statusCode()).isEqualTo(400);
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void itSaysThatItIsHealthyAndHowItFares() {
        JsonNode health = json(get("/q/health", ""));

        assertThat(health.get("status").asText()).isEqualTo("UP");
        assertThat(health.get("checks"))
                .extracting(check -> check.get("name").asText())
                .contains("object store");
        assertThat(get("/q/metrics", "").statusCode()).isEqualTo(200);
    }
}
