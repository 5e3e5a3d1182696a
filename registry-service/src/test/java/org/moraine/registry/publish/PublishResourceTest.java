package org.moraine.registry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Publication;
import org.moraine.registry.RegistryTest;

@QuarkusTest
class PublishResourceTest extends RegistryTest {

    private final AdapterName adapter = anAdapter();

    @Test
    void aJobsFilesBecomeTheNextVersion() {
        Map<String, byte[]> files =
                Map.of("adapter_config.json", text("{}"), "mora/adapter_model.safetensors", bytes(99));
        JobId job = aJob();
        files.values().forEach(this::putBlob);
        Publication publication = aPublication(job, files);

        HttpResponse<byte[]> first = publish(adapter, publication);
        Publication.Made second = published(adapter, aJob(), Map.of("a", bytes(5)));

        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(json(first).get("adapter").asText()).isEqualTo(adapter.toString());
        assertThat(json(first).get("version").asInt()).isEqualTo(1);
        assertThat(json(first).get("commit").asText())
                .isEqualTo(publication.manifest().commit());
        assertThat(second.version()).isEqualTo(2);
    }

    @Test
    void theSameJobAgainIsTheSameVersionWhateverItBrings() {
        JobId job = aJob();
        Publication.Made made = published(adapter, job, Map.of("a", bytes(5)));

        HttpResponse<byte[]> again = publish(adapter, aPublication(job, Map.of("b", bytes(6))));

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(json(again).get("version").asInt()).isEqualTo(made.version());
        assertThat(json(again).get("commit").asText()).isEqualTo(made.commit());
        assertThat(versions()).isEqualTo(1);
    }

    @Test
    void theSameJobManyTimesAtOnceIsOneVersion() throws Exception {
        Map<String, byte[]> files = Map.of("a", bytes(5));
        files.values().forEach(this::putBlob);
        Publication publication = aPublication(aJob(), files);

        List<HttpResponse<byte[]>> answers = atOnce(8, i -> publish(adapter, publication));

        assertThat(answers.stream().filter(answer -> answer.statusCode() == 201))
                .hasSize(1);
        assertThat(answers).allSatisfy(answer -> {
            assertThat(answer.statusCode()).isIn(200, 201);
            assertThat(json(answer).get("version").asInt()).isEqualTo(1);
        });
        assertThat(versions()).isEqualTo(1);
    }

    @Test
    void manyJobsAtOnceAreNumberedWithoutGaps() throws Exception {
        Map<String, byte[]> files = Map.of("a", bytes(5));
        files.values().forEach(this::putBlob);

        List<HttpResponse<byte[]>> answers = atOnce(12, i -> publish(adapter, aPublication(aJob(), files)));

        assertThat(answers.stream().map(answer -> json(answer).get("version").asInt()))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.rangeClosed(1, 12).boxed().toList());
    }

    @Test
    void theSameContentOfTwoJobsHasOneCommitIdAndTwoVersions() {
        Map<String, byte[]> files = Map.of("a", bytes(5));

        Publication.Made first = published(adapter, aJob(), files);
        Publication.Made second = published(adapter, aJob(), files);
        Publication.Made elsewhere = published(anAdapter(), aJob(), files);

        assertThat(second.commit()).isEqualTo(first.commit()).isEqualTo(elsewhere.commit());
        assertThat(List.of(first.version(), second.version(), elsewhere.version()))
                .containsExactly(1, 2, 1);
    }

    @Test
    void aJobIsNotPublishedIntoTwoAdapters() throws Exception {
        Map<String, byte[]> files = Map.of("a", bytes(5));
        files.values().forEach(this::putBlob);
        Publication publication = aPublication(aJob(), files);
        List<AdapterName> adapters = List.of(anAdapter(), anAdapter(), anAdapter(), anAdapter());

        List<HttpResponse<byte[]>> answers = atOnce(4, i -> publish(adapters.get(i), publication));

        assertThat(answers.stream().map(HttpResponse::statusCode)).containsExactlyInAnyOrder(201, 409, 409, 409);
        assertThat(adapters.stream()
                        .map(name -> get("/api/v1/adapters/" + name, ACME).statusCode()))
                .as("the refused made no adapter")
                .containsExactlyInAnyOrder(200, 404, 404, 404);
    }

    @Test
    void aMissingBlobIsNamedAndNothingIsMade() {
        byte[] there = bytes(5);
        putBlob(there);
        Publication publication = aPublication(aJob(), Map.of("there", there, "gone/away", bytes(6)));

        HttpResponse<byte[]> refused = publish(adapter, publication);

        assertThat(refused.statusCode()).isEqualTo(409);
        JsonNode problem = json(refused);
        assertThat(problem.get("code").asText()).isEqualTo("blobs_missing");
        assertThat(problem.get("type").asText()).isEqualTo("urn:moraine:problem:blobs_missing");
        assertThat(problem.get("status").asInt()).isEqualTo(409);
        assertThat(problem.get("detail").asText()).contains("gone/away").doesNotContain("there (");
        assertThat(get("/api/v1/adapters/" + adapter, ACME).statusCode()).isEqualTo(404);
    }

    @Test
    void aWrongSizeInTheManifestIsRefused() throws Exception {
        byte[] bytes = bytes(5);
        putBlob(bytes);
        ObjectNode publication = json.valueToTree(aPublication(aJob(), Map.of("a", bytes)));
        ((ObjectNode) publication.at("/manifest/files/0")).put("size", 6);

        HttpResponse<byte[]> refused =
                sendJson("POST", "/api/v1/adapters/" + adapter + "/versions", WORKER, publication);

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("code").asText()).isEqualTo("wrong_size");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../a", "a/../b", "/a", "a//b", "a/", "a/..", ".", "a\\b", "a b", "", "a\u0000b", "é", "a/./b"})
    void aPathThatClimbsOrIsNotPlainIsRefused(String path) {
        byte[] bytes = bytes(5);
        putBlob(bytes);
        ObjectNode publication = json.valueToTree(aPublication(aJob(), Map.of("a", bytes)));
        ((ObjectNode) publication.at("/manifest/files/0")).put("path", path);

        HttpResponse<byte[]> refused =
                sendJson("POST", "/api/v1/adapters/" + adapter + "/versions", WORKER, publication);

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("field").asText()).isEqualTo("files.path");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "null",
                "{\"job\":\"ftjob-1\"}",
                "{\"job\":5,\"manifest\":{\"files\":[]}}",
                "{\"job\":\"ftjob-aaaaaaaaaaaaaaaaaaaaaaaa\",\"base_model\":\"b\",\"method\":\"mora\",\"settings\":{}}",
                "{\"job\":\"ftjob-aaaaaaaaaaaaaaaaaaaaaaaa\",\"base_model\":\"b\",\"method\":\"x\",\"settings\":{},"
                        + "\"manifest\":{\"files\":[]}}"
            })
    void aBrokenPublicationIsRefused(String body) {
        HttpResponse<byte[]> refused = send(
                "POST",
                "/api/v1/adapters/" + adapter + "/versions",
                WORKER,
                text(body),
                "Content-Type",
                "application/json");

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("detail").asText()).isNotBlank().doesNotContain("null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"acme/a--b", "acme/.hidden", "acme/x.git", "acme/x.v3", "a--b/c", "acme/%20", "acme/a%2Fb"})
    void aNameThatTheHubRefusesIsRefused(String name) {
        byte[] bytes = bytes(5);
        putBlob(bytes);

        HttpResponse<byte[]> refused = sendJson(
                "POST", "/api/v1/adapters/" + name + "/versions", WORKER, aPublication(aJob(), Map.of("a", bytes)));

        assertThat(refused.statusCode()).isIn(400, 404);
    }

    @Test
    void onlyWorkersPublish() {
        Publication publication = aPublication(aJob(), Map.of("a", bytes(5)));
        String path = "/api/v1/adapters/" + adapter + "/versions";

        assertThat(sendJson("POST", path, ACME, publication).statusCode()).isEqualTo(403);
        assertThat(sendJson("POST", path, "", publication).statusCode()).isEqualTo(401);
    }

    private int versions() {
        return json(get("/api/v1/adapters/" + adapter, ACME)).get("versions").size();
    }
}
