package org.moraine.registry.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.registry.RegistryTest;

@QuarkusTest
class CommitResourceTest extends RegistryTest {

    private static final String HEADER =
            "{\"key\":\"header\",\"value\":{\"summary\":\"by hand\",\"description\":\"\"}}";

    private final AdapterName adapter = anAdapter();
    private final String api = "/api/models/" + adapter;
    private final byte[] config =
            text("{\"peft_type\":\"LORA\",\"r\":4,\"lora_alpha\":8,\"base_model_name_or_path\":\"pebble\"}");

    @BeforeEach
    void makeTheRepository() {
        assertThat(create(adapter).statusCode()).isEqualTo(200);
    }

    @Test
    void aRepositoryWithoutVersionsIsThereAndEmpty() {
        JsonNode info = json(get(api, ACME));
        HttpResponse<byte[]> card = head("/" + adapter + "/resolve/main/README.md", ACME);

        assertThat(info.get("sha").asText()).isEqualTo(Manifest.NO_FILES);
        assertThat(info.get("siblings")).isEmpty();
        assertThat(json(get(api + "/tree/main?recursive=true", ACME))).isEmpty();
        assertThat(json(get(api + "/commits/main", ACME))).isEmpty();
        assertThat(card.headers().firstValue("X-Error-Code")).hasValue("EntryNotFound");
        assertThat(card.headers().firstValue("X-Repo-Commit")).hasValue(Manifest.NO_FILES);
        assertThat(get(api, UMBRELLA).statusCode()).isEqualTo(404);
        HttpResponse<byte[]> again = create(adapter);
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(json(again).get("url").asText()).endsWith("/" + adapter);
    }

    @Test
    void aCommitMakesAVersionThatIsReadLikeAnyOther() {
        byte[] big = bytes(3_000_001);

        HttpResponse<byte[]> made = commit(HEADER, file("adapter_config.json", config), file("w/big.bin", big));

        assertThat(made.statusCode()).isEqualTo(200);
        String commit = json(made).get("commitOid").asText();
        assertThat(json(made).get("commitUrl").asText()).endsWith("/" + adapter + "/commit/" + commit);
        assertThat(get("/" + adapter + "/resolve/v1/w/big.bin", ACME).body()).isEqualTo(big);
        assertThat(get("/" + adapter + "/resolve/" + commit + "/adapter_config.json", ACME)
                        .body())
                .isEqualTo(config);
        JsonNode version = json(get("/api/v1/adapters/" + adapter + "/versions/1", ACME));
        assertThat(version.get("commit").asText()).isEqualTo(commit);
        assertThat(version.get("job").isNull()).isTrue();
        assertThat(version.get("uploaded_by").asText()).isEqualTo("acme");
        assertThat(version.get("method").asText()).isEqualTo("lora");
        assertThat(version.get("base_model").asText()).isEqualTo("pebble");
        assertThat(version.at("/settings/rank").asInt()).isEqualTo(4);
        assertThat(json(get(api + "/commits/main", ACME)).at("/0/title").asText())
                .isEqualTo("by hand");
    }

    @Test
    void aCommitChangesTheNewestVersionAndLeavesItAsItIs() {
        commit(HEADER, file("a.txt", text("one")), file("d/b.txt", text("b")), file("d/c.txt", text("c")));

        commit(HEADER, file("a.txt", text("two")), "{\"key\":\"deletedFile\",\"value\":{\"path\":\"d/b.txt\"}}");
        commit(HEADER, "{\"key\":\"deletedFolder\",\"value\":{\"path\":\"d/\"}}");

        assertThat(paths("v1")).containsExactly("a.txt", "d", "d/b.txt", "d/c.txt");
        assertThat(paths("v2")).containsExactly("a.txt", "d", "d/c.txt");
        assertThat(paths("v3")).containsExactly("a.txt");
        assertThat(get("/" + adapter + "/resolve/v1/a.txt", ACME).body()).isEqualTo(text("one"));
        assertThat(get("/" + adapter + "/resolve/v2/a.txt", ACME).body()).isEqualTo(text("two"));
    }

    @Test
    void theSameCommitAgainIsTheSameVersion() {
        String delete = "{\"key\":\"deletedFile\",\"value\":{\"path\":\"old.txt\"}}";
        commit(HEADER, file("old.txt", text("old")));

        HttpResponse<byte[]> first = commit(HEADER, file("a.txt", text("one")), delete);
        HttpResponse<byte[]> again = commit(HEADER, file("a.txt", text("one")), delete);

        assertThat(json(again)).isEqualTo(json(first));
        assertThat(json(get("/api/v1/adapters/" + adapter, ACME)).get("newest").asInt())
                .isEqualTo(2);
    }

    @Test
    void ofManyCommitsToOneParentOneIsMade() throws Exception {
        String parent = json(commit(HEADER, file("a.txt", text("one"))))
                .get("commitOid")
                .asText();
        String header = "{\"key\":\"header\",\"value\":{\"summary\":\"s\",\"parentCommit\":\"" + parent + "\"}}";

        List<HttpResponse<byte[]>> answers =
                atOnce(6, i -> commit(header, file("a.txt", text("two by " + i)), file("i", bytes(9))));

        assertThat(answers.stream().map(HttpResponse::statusCode)).containsOnlyOnce(200);
        assertThat(answers.stream().filter(answer -> answer.statusCode() != 200))
                .allSatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(412));
        assertThat(json(get("/api/v1/adapters/" + adapter, ACME)).get("newest").asInt())
                .isEqualTo(2);
    }

    @Test
    void aFileIsSentBesideTheCommitByLink() {
        byte[] big = bytes(2_000_000);
        JsonNode asked = json(batch(ACME, big));
        String link = path(asked.at("/objects/0/actions/upload/href").asText());

        assertThat(send("PUT", link, "", bytes(big.length)).statusCode())
                .as("other bytes")
                .isEqualTo(400);
        assertThat(commit(HEADER, largeFile("w.bin", big)).statusCode()).isEqualTo(400);
        assertThat(send("PUT", link, "", big).statusCode()).isEqualTo(204);

        String verify = path(asked.at("/objects/0/actions/verify/href").asText());
        assertThat(sendJson("POST", verify, ACME, Map.of("oid", Digest.of(big).hex(), "size", big.length))
                        .statusCode())
                .isEqualTo(204);
        assertThat(commit(HEADER, largeFile("w.bin", big)).statusCode()).isEqualTo(200);
        assertThat(get("/" + adapter + "/resolve/v1/w.bin", ACME).body()).isEqualTo(big);
        assertThat(json(batch(ACME, big)).at("/objects/0").has("actions"))
                .as("it is here")
                .isFalse();
        assertThat(send("PUT", "/api/lfs/0123", "", big).statusCode()).isEqualTo(404);
    }

    @Test
    void whoOnlyKnowsTheDigestOfAnotherTeamsBlobGetsNothingOfIt() {
        byte[] secret = bytes(2_000_000);
        commit(HEADER, file("w.bin", secret));
        AdapterName theirs = AdapterName.of("umbrella/" + adapter.adapter());
        sendJson("POST", "/api/repos/create", UMBRELLA, Map.of("name", theirs.adapter()));

        JsonNode asked = json(batch(theirs, UMBRELLA, secret));
        HttpResponse<byte[]> made = send(
                "POST",
                "/api/models/" + theirs + "/commit/main",
                UMBRELLA,
                text(HEADER + "\n" + largeFile("w.bin", secret)));
        HttpResponse<byte[]> unknown = send(
                "POST",
                "/api/models/" + theirs + "/commit/main",
                UMBRELLA,
                text(HEADER + "\n" + largeFile("w.bin", bytes(10))));

        assertThat(asked.at("/objects/0/actions/upload/href").asText())
                .as("it is to be sent as if nobody had it")
                .isNotEmpty();
        assertThat(made.statusCode()).isEqualTo(unknown.statusCode()).isEqualTo(400);
    }

    @Test
    void eachFileIsToldHowToBeSent() {
        commit(HEADER, file("a.txt", text("one")));
        Map<String, Object> files = Map.of(
                "files",
                List.of(
                        Map.of("path", "a.txt", "size", 3, "sample", ""),
                        Map.of("path", "w.bin", "size", 1_000_000_000, "sample", "")));

        JsonNode other = json(sendJson("POST", api + "/preupload/main", ACME, files));
        JsonNode python = json(send(
                "POST",
                api + "/preupload/main",
                ACME,
                text(json.valueToTree(files).toString()),
                "Content-Type",
                "application/json",
                "User-Agent",
                "unknown/None; hf_hub/2.4.0; python/3.11"));

        assertThat(other.at("/files/0/uploadMode").asText()).isEqualTo("regular");
        assertThat(other.at("/files/0/oid").asText()).isEqualTo("43dd47ea691c90a5fa7827892c70241913351963");
        assertThat(other.at("/files/1/uploadMode").asText()).isEqualTo("lfs");
        assertThat(python.at("/files/1/uploadMode").asText()).isEqualTo("regular");
        assertThat(python.at("/files/1/oid").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{\"key\":\"file\"}",
                "{\"key\":\"file\",\"value\":{\"path\":\"a\",\"encoding\":\"base64\"}}",
                "{\"key\":\"file\",\"value\":{\"path\":\"a\",\"content\":\"YQ==\"}}",
                "{\"key\":\"file\",\"value\":{\"path\":\"a\",\"content\":\"Y!==\",\"encoding\":\"base64\"}}",
                "{\"key\":\"file\",\"value\":{\"path\":\"a\",\"content\":7,\"encoding\":\"base64\"}}",
                "{\"key\":\"file\",\"value\":{\"path\":{\"x\":\"a\"},\"content\":\"YQ==\",\"encoding\":\"base64\"}}",
                "{\"key\":\"file\",\"value\":{\"path\":\"../a\",\"content\":\"YQ==\",\"encoding\":\"base64\"}}",
                "{\"key\":\"file\",\"value\":{\"path\":\"/a\",\"content\":\"YQ==\",\"encoding\":\"base64\"}}",
                "{\"key\":\"file\",\"value\":{\"content\":\"YQ==\",\"path\":\"a\\u0000\",\"encoding\":\"base64\"}}",
                "{\"key\":\"file\",\"value\":{\"content\":\"YQ==\"",
                "{\"key\":\"lfsFile\",\"value\":{\"path\":\"a\",\"oid\":\"abc\"}}",
                "{\"key\":\"deletedFolder\",\"value\":{\"path\":\"/\"}}",
                "{\"key\":\"deletedFile\",\"value\":{}}",
                "{\"key\":\"rename\",\"value\":{\"path\":\"a\"}}",
                "{\"value\":{\"path\":\"a\"},\"key\":\"deletedFile\"}",
                "{\"key\":\"header\",\"value\":{\"summary\":[[[[[[[[[[[[[[1]]]]]]]]]]]]]]}}",
                "{\"key\":\"file\",\"value\":{\"path\":\"adapter_config.json\",\"content\":\"W10=\",\"encoding\":\"base64\"}}"
            })
    void aBrokenCommitIsRefusedAndMakesNothing(String line) {
        HttpResponse<byte[]> refused = send("POST", api + "/commit/main", ACME, text(line + "\n"));

        assertThat(refused.statusCode()).as(line).isEqualTo(400);
        assertThat(refused.headers().firstValue("X-Error-Message"))
                .hasValueSatisfying(message -> assertThat(message).isNotBlank().doesNotContain("null"));
        assertThat(json(get("/api/v1/adapters/" + adapter, ACME)).get("newest").asInt())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\u0001\u0000",
                "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u007f{}",
                "\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0000[]",
                "\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0000{}x",
                "\u003a\u0000\u0000\u0000\u0000\u0000\u0000\u0000{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}    abcd",
                "\u003a\u0000\u0000\u0000\u0000\u0000\u0000\u0000{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}    abcdef",
                "\u003a\u0000\u0000\u0000\u0000\u0000\u0000\u0000{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,9]}}    abcd"
            })
    void whatIsCalledSafetensorsAndIsNoneIsRefused(String bytes) {
        HttpResponse<byte[]> refused =
                commit(HEADER, file("w.safetensors", bytes.getBytes(StandardCharsets.ISO_8859_1)));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().firstValue("X-Error-Message"))
                .hasValueSatisfying(message -> assertThat(message).contains("w.safetensors is no safetensors file"));
        assertThat(json(get("/api/v1/adapters/" + adapter, ACME)).get("newest").asInt())
                .isZero();
    }

    @Test
    void aSafetensorsFileIsTakenAsItIs() {
        String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}    ";
        String bytes = (char) header.length() + "\0\0\0\0\0\0\0" + header + "abcd";

        assertThat(commit(HEADER, file("w.safetensors", bytes.getBytes(StandardCharsets.ISO_8859_1)))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void textWithoutEndIsRefusedAndNotHeld() {
        String bomb = "x".repeat(50_000_000);

        for (String line : List.of(
                "{\"key\":\"header\",\"value\":{\"summary\":\"" + bomb + "\"}}",
                "{\"key\":\"" + bomb + "\"}",
                "{\"" + bomb + "\":1}",
                "[".repeat(1_000_000))) {
            HttpResponse<byte[]> refused = send("POST", api + "/commit/main", ACME, text(line));

            assertThat(refused.statusCode()).isEqualTo(400);
        }
    }

    @Test
    void aCommitThatBreaksOffLeavesNoVersion() throws IOException {
        String body = HEADER + "\n" + file("a.bin", bytes(500_000));
        try (Socket socket = new Socket(root.getHost(), root.getPort())) {
            socket.getOutputStream()
                    .write(text("POST " + api + "/commit/main HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ACME
                            + "\r\nContent-Length: " + body.length() + "\r\n\r\n"
                            + body.substring(0, body.length() / 2)));
        }

        assertThat(json(get("/api/v1/adapters/" + adapter, ACME)).get("newest").asInt())
                .isZero();
        assertThat(commit(HEADER, file("a.txt", text("one"))).statusCode()).isEqualTo(200);
    }

    @Test
    void commitsGoToMainOfOnesOwnAdapterOnly() {
        byte[] body = text(HEADER + "\n" + file("a.txt", text("one")));

        for (String to : List.of("/commit/production", "/commit/v1", "/commit/main?create_pr=1")) {
            assertThat(send("POST", api + to, ACME, body).statusCode()).as(to).isEqualTo(400);
        }
        assertThat(send("POST", api + "/commit/main", UMBRELLA, body).statusCode())
                .isEqualTo(404);
        assertThat(send("POST", api + "/commit/main", WORKER, body).statusCode())
                .isEqualTo(403);
        assertThat(send("POST", "/api/models/acme/absent/commit/main", ACME, body)
                        .headers()
                        .firstValue("X-Error-Code"))
                .hasValue("RepoNotFound");
        assertThat(sendJson("POST", "/api/repos/create", ACME, Map.of("name", "x", "organization", "umbrella"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(sendJson("POST", "/api/repos/create", ACME, Map.of("name", "x", "type", "dataset"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(sendJson("POST", "/api/repos/create", ACME, Map.of("name", "x.v3"))
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void whatIsNotThereCannotBeDeletedAndSomethingStays() {
        commit(HEADER, file("a.txt", text("one")));

        HttpResponse<byte[]> absent =
                commit(HEADER, file("b", text("b")), "{\"key\":\"deletedFile\",\"value\":{\"path\":\"none\"}}");
        HttpResponse<byte[]> all = commit(HEADER, "{\"key\":\"deletedFile\",\"value\":{\"path\":\"a.txt\"}}");

        assertThat(absent.headers().firstValue("X-Error-Code")).hasValue("EntryNotFound");
        assertThat(all.statusCode()).isEqualTo(400);
        assertThat(paths("main")).containsExactly("a.txt");
    }

    @Test
    void tagsAndBranchesAreMadeTheHubsWay() {
        commit(HEADER, file("a.txt", text("one")));
        commit(HEADER, file("a.txt", text("two")));

        assertThat(sendJson("POST", api + "/tag/v1", ACME, Map.of("tag", "good"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(sendJson("POST", api + "/tag/v1", ACME, Map.of("tag", "good"))
                        .statusCode())
                .isEqualTo(409);
        assertThat(sendJson("POST", api + "/branch/staging", ACME, Map.of("startingPoint", "good"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(send("POST", api + "/branch/staging", ACME, new byte[0]).statusCode())
                .isEqualTo(409);
        assertThat(get("/" + adapter + "/resolve/staging/a.txt", ACME).body()).isEqualTo(text("one"));
        assertThat(send("DELETE", api + "/branch/staging", ACME, new byte[0]).statusCode())
                .isEqualTo(200);
        assertThat(send("DELETE", api + "/tag/good", ACME, new byte[0]).statusCode())
                .isEqualTo(200);
        assertThat(json(get(api + "/refs", ACME)).get("branches")).hasSize(1);
    }

    @Test
    void aDeletedRepositoryIsGoneAndCanBeRestored() {
        commit(HEADER, file("a.txt", text("one")));

        HttpResponse<byte[]> deleted = sendJson("DELETE", "/api/repos/delete", ACME, Map.of("name", adapter.adapter()));

        assertThat(deleted.statusCode()).isEqualTo(200);
        assertThat(get(api, ACME).headers().firstValue("X-Error-Code")).hasValue("RepoNotFound");
        send("POST", "/api/v1/adapters/" + adapter + "/restore", ACME, new byte[0]);
        assertThat(get("/" + adapter + "/resolve/v1/a.txt", ACME).body()).isEqualTo(text("one"));
    }

    @Test
    void aCardsMetadataIsLookedAtBeforeItIsSent() {
        HttpResponse<byte[]> good = card("---\nbase_model: pebble\ntags: [a]\n---\n# It\n");
        HttpResponse<byte[]> none = card("# It\n");
        HttpResponse<byte[]> bad = card("---\na: [\n---\n");
        HttpResponse<byte[]> list = card("---\n- a\n---\n");

        assertThat(good.statusCode()).isEqualTo(200);
        assertThat(none.statusCode()).isEqualTo(200);
        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(json(bad).at("/errors/0/message").asText()).isNotBlank();
        assertThat(list.statusCode()).isEqualTo(400);
    }

    private HttpResponse<byte[]> card(String content) {
        return sendJson("POST", "/api/validate-yaml", ACME, Map.of("content", content, "repoType", "model"));
    }

    private HttpResponse<byte[]> create(AdapterName name) {
        return sendJson(
                "POST",
                "/api/repos/create",
                ACME,
                Map.of("name", name.adapter(), "organization", "acme", "visibility", "private"));
    }

    private HttpResponse<byte[]> commit(String... lines) {
        return send(
                "POST",
                api + "/commit/main",
                ACME,
                text(String.join("\n", lines) + "\n"),
                "Content-Type",
                "application/x-ndjson");
    }

    private HttpResponse<byte[]> batch(String key, byte[] file) {
        return batch(adapter, key, file);
    }

    private HttpResponse<byte[]> batch(AdapterName to, String key, byte[] file) {
        return send(
                "POST",
                "/" + to + ".git/info/lfs/objects/batch",
                key,
                text(
                        "{\"operation\":\"upload\",\"transfers\":[\"basic\"],\"hash_algo\":\"sha256\",\"objects\":[{\"oid\":\""
                                + Digest.of(file) + "\",\"size\":" + file.length + "}]}"),
                "Content-Type",
                "application/vnd.git-lfs+json",
                "Accept",
                "application/vnd.git-lfs+json");
    }

    private static String file(String path, byte[] content) {
        return "{\"key\":\"file\",\"value\":{\"content\":\""
                + Base64.getEncoder().encodeToString(content) + "\",\"path\":\"" + path
                + "\",\"encoding\":\"base64\"}}";
    }

    private static String largeFile(String path, byte[] content) {
        return "{\"key\":\"lfsFile\",\"value\":{\"path\":\"" + path + "\",\"algo\":\"sha256\",\"oid\":\""
                + Digest.of(content) + "\",\"size\":" + content.length + "}}";
    }

    private static String path(String url) {
        return url.replaceFirst("https?://[^/]+", "");
    }

    private List<String> paths(String revision) {
        JsonNode tree = json(get(api + "/tree/" + revision + "?recursive=true", ACME));
        return StreamSupport.stream(tree.spliterator(), false)
                .map(entry -> entry.get("path").asText())
                .toList();
    }
}
