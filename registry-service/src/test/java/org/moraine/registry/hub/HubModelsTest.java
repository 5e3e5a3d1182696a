package org.moraine.registry.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Publication;
import org.moraine.registry.RegistryTest;

@QuarkusTest
class HubModelsTest extends RegistryTest {

    private final AdapterName adapter = anAdapter();
    private final String api = "/api/models/" + adapter;
    private final byte[] big = bytes(1_100_000);
    private Publication.Made first;
    private Publication.Made second;

    @BeforeEach
    void publishTwoVersions() {
        first = published(
                adapter, aJob(), Map.of("a.json", text("{}"), "mora/deep/big.bin", big, "mora/b.txt", text("b")));
        second = published(adapter, aJob(), Map.of("a.json", text("[]")));
        sendJson("PUT", "/api/v1/adapters/" + adapter + "/aliases/production", ACME, Map.of("version", 1));
    }

    @Test
    void theInfoOfAModelIsThatOfItsNewestVersion() {
        JsonNode info = json(get(api, ACME));

        assertThat(info.get("id").asText()).isEqualTo(adapter.toString());
        assertThat(info.get("modelId").asText()).isEqualTo(adapter.toString());
        assertThat(info.get("sha").asText()).isEqualTo(second.commit());
        assertThat(info.get("author").asText()).isEqualTo("acme");
        assertThat(info.get("private").asBoolean()).isTrue();
        assertThat(info.get("gated").asBoolean()).isFalse();
        assertThat(info.get("lastModified").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(info.get("library_name").asText()).isEqualTo("peft");
        assertThat(info.at("/cardData/base_model").asText()).isEqualTo("pebble");
        assertThat(info.get("tags")).extracting(JsonNode::asText).contains("mora", "base_model:adapter:pebble");
        assertThat(info.get("siblings")).hasSize(1);
        assertThat(info.at("/siblings/0/rfilename").asText()).isEqualTo("a.json");
        assertThat(info.at("/siblings/0").has("size")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "1", "production", "refs%2Fheads%2Fproduction"})
    void aRevisionIsResolvedToItsCommit(String revision) {
        JsonNode info = json(get(api + "/revision/" + revision + "?blobs=true", ACME));

        assertThat(info.get("sha").asText()).isEqualTo(first.commit());
        JsonNode sibling = info.at("/siblings/2");
        assertThat(sibling.get("rfilename").asText()).isEqualTo("mora/deep/big.bin");
        assertThat(sibling.get("size").asLong()).isEqualTo(big.length);
        assertThat(sibling.at("/lfs/sha256").asText()).isEqualTo(Digest.of(big).hex());
        assertThat(sibling.at("/lfs/pointerSize").asInt()).isEqualTo(132);
    }

    @Test
    void theTreeOfTheRootHasItsFoldersAndFiles() {
        List<String> paths = paths(get(api + "/tree/v1", ACME));
        List<String> all = paths(get(api + "/tree/v1?recursive=true&expand=false", ACME));
        List<String> folder = paths(get(api + "/tree/v1/mora", ACME));

        assertThat(paths).containsExactly("file a.json", "directory mora");
        assertThat(all)
                .containsExactly(
                        "file a.json",
                        "directory mora",
                        "file mora/b.txt",
                        "directory mora/deep",
                        "file mora/deep/big.bin");
        assertThat(folder).containsExactly("file mora/b.txt", "directory mora/deep");
    }

    @Test
    void aTreeSaysWhatEachFileIs() {
        JsonNode tree = json(get(api + "/tree/v1?recursive=true", ACME));
        JsonNode small = tree.get(0);
        JsonNode last = tree.get(4);

        assertThat(small.get("oid").asText()).isEqualTo("9e26dfeeb6e641a33dae4961196235bdb965b21b"); // git's own answer
        assertThat(small.has("lfs")).isFalse();
        assertThat(last.at("/lfs/oid").asText()).isEqualTo(Digest.of(big).hex());
        assertThat(last.get("oid").asText()).matches("[0-9a-f]{40}");
        assertThat(last.has("xetHash")).isFalse();
    }

    @Test
    void aTreeOfManyFilesComesInPages() {
        Map<String, byte[]> files = new HashMap<>();
        for (int i = 0; i < 2300; i++) {
            files.put("f" + i, text("same"));
        }
        putBlob(text("same"));
        AdapterName many = anAdapter();
        publish(many, aPublication(aJob(), files));

        List<String> all = new ArrayList<>();
        String next = "/api/models/" + many + "/tree/main?recursive=true";
        int pages = 0;
        while (next != null) {
            HttpResponse<byte[]> page = get(next, ACME);
            all.addAll(paths(page));
            next = page.headers()
                    .firstValue("Link")
                    .map(link -> link.replaceFirst("<https?://[^/]+(/.*)>; rel=\"next\"", "$1"))
                    .orElse(null);
            pages++;
        }

        assertThat(pages).isEqualTo(3);
        assertThat(all)
                .containsExactlyElementsOf(new TreeMap<>(files)
                        .keySet().stream().map(path -> "file " + path).toList());
    }

    @Test
    void pathsAreAskedForAsAFormAndAsJson() {
        HttpResponse<byte[]> form = send(
                "POST",
                api + "/paths-info/v1",
                ACME,
                text("paths=a.json&paths=mora&paths=missing&expand=False"),
                "Content-Type",
                "application/x-www-form-urlencoded");
        HttpResponse<byte[]> asJson = sendJson(
                "POST", api + "/paths-info/v1", ACME, Map.of("paths", List.of("mora/deep/big.bin"), "expand", true));

        assertThat(paths(form)).containsExactly("file a.json", "directory mora");
        assertThat(paths(asJson)).containsExactly("file mora/deep/big.bin");
        assertThat(json(asJson).at("/0/lastCommit/id").asText()).isEqualTo(first.commit());
        assertThat(json(form).get(0).has("lastCommit")).isFalse();
    }

    @Test
    void manyPathsAtOnceAreAllAnswered() {
        StringBuilder form = new StringBuilder("paths=a.json");
        for (int i = 0; i < 3000; i++) {
            form.append("&paths=a-path-that-is-not-there-but-long-enough-to-count/")
                    .append(i);
        }

        HttpResponse<byte[]> answer = send(
                "POST",
                api + "/paths-info/v1",
                ACME,
                text(form.toString()),
                "Content-Type",
                "application/x-www-form-urlencoded");

        assertThat(paths(answer)).containsExactly("file a.json");
    }

    @Test
    void versionsAreTagsAndAliasesAreBranches() {
        JsonNode refs = json(get(api + "/refs", ACME));

        assertThat(refs.at("/branches/0").toString())
                .isEqualTo(
                        "{\"name\":\"main\",\"ref\":\"refs/heads/main\",\"targetCommit\":\"" + second.commit() + "\"}");
        assertThat(refs.at("/branches/1/name").asText()).isEqualTo("production");
        assertThat(refs.at("/branches/1/targetCommit").asText()).isEqualTo(first.commit());
        assertThat(refs.get("tags"))
                .extracting(tag -> tag.get("ref").asText())
                .containsExactly("refs/tags/v2", "refs/tags/v1");
        assertThat(refs.get("converts")).isEmpty();
    }

    @Test
    void aVersionAsARepositoryHasOneTagAndTheAliasesThatPointAtIt() {
        JsonNode info = json(get(api + ".v1", ACME));
        JsonNode refs = json(get(api + ".v1/refs", ACME));

        assertThat(info.get("id").asText()).isEqualTo(adapter + ".v1");
        assertThat(info.get("sha").asText()).isEqualTo(first.commit());
        assertThat(refs.get("tags")).extracting(tag -> tag.get("name").asText()).containsExactly("v1");
        assertThat(refs.get("branches"))
                .extracting(branch -> branch.get("targetCommit").asText())
                .containsExactly(first.commit(), first.commit());
        assertThat(paths(get(api + ".v1/tree/main", ACME))).containsExactly("file a.json", "directory mora");
        assertThat(get(api + ".v9", ACME).statusCode()).isEqualTo(404);
        assertThat(get(api + ".v9/refs", ACME).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/api/models/gpt2", "/gpt2/resolve/main/config.json", "/api/datasets/acme/x", "/api/spaces/a/b"})
    void whatCanBeNoAdapterIsNoRepository(String path) {
        assertThat(get(path, ACME).headers().firstValue("X-Error-Code")).hasValue("RepoNotFound");
    }

    @Test
    void commitsAreTheVersionsUpToARevision() {
        JsonNode all = json(get(api + "/commits/main", ACME));
        HttpResponse<byte[]> page = get(api + "/commits/main?limit=1", ACME);

        assertThat(all)
                .extracting(commit -> commit.get("id").asText())
                .containsExactly(second.commit(), first.commit());
        assertThat(all.at("/0/title").asText()).isEqualTo("v2");
        assertThat(all.at("/0/authors/0/user").asText()).isEqualTo("acme");
        assertThat(json(get(api + "/commits/v1", ACME))).hasSize(1);
        assertThat(json(page)).hasSize(1);
        assertThat(page.headers().firstValue("X-Total-Count")).hasValue("2");
        assertThat(page.headers().firstValue("Link"))
                .hasValueSatisfying(link -> assertThat(link)
                        .startsWith("<" + root.toString().replaceAll("/$", "") + api)
                        .endsWith(">; rel=\"next\""));
    }

    @Test
    void aCommitOfSeveralVersionsIsTheFirstOfThem() {
        AdapterName same = anAdapter();
        Publication.Made one = published(same, aJob(), Map.of("a", text("x")));
        published(same, aJob(), Map.of("a", text("y")));
        Publication.Made three = published(same, aJob(), Map.of("a", text("x")));

        JsonNode commits = json(get("/api/models/" + same + "/commits/" + three.commit(), ACME));

        assertThat(one.commit()).isEqualTo(three.commit());
        assertThat(commits).hasSize(1);
        assertThat(json(get("/api/models/" + same + "/revision/v3", ACME))
                        .get("sha")
                        .asText())
                .isEqualTo(one.commit());
    }

    @Test
    void aTeamListsItsOwnModels() {
        List<String> mine = ids(get("/api/models?author=acme&search=" + adapter.adapter(), ACME));
        List<String> filtered = ids(get("/api/models?filter=mora&filter=base_model:pebble&limit=1000", ACME));

        assertThat(mine).containsExactly(adapter.toString());
        assertThat(filtered).contains(adapter.toString());
        assertThat(ids(get("/api/models?filter=nothing", ACME))).isEmpty();
        assertThat(ids(get("/api/models?author=umbrella", ACME))).isEmpty();
        assertThat(ids(get("/api/models", UMBRELLA))).isEmpty();
        HttpResponse<byte[]> page = get("/api/models?limit=1", ACME);
        assertThat(ids(page)).hasSize(1);
    }

    @Test
    void aKeySaysWhoseItIs() {
        JsonNode me = json(get("/api/whoami-v2", ACME));

        assertThat(me.get("type").asText()).isEqualTo("user");
        assertThat(me.get("name").asText()).isEqualTo("acme");
        assertThat(me.at("/auth/accessToken/role").asText()).isEqualTo("write");
        assertThat(get("/api/whoami-v2", "wrong-key-wrong-key").statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/revision/v1", "/tree/v1", "/refs", "/commits/main", "/auth-check", "/auth-check/write"})
    void anotherTeamSeesNothingOfIt(String route) {
        HttpResponse<byte[]> mine = get(api + route, ACME);
        HttpResponse<byte[]> theirs = get(api + route, UMBRELLA);
        HttpResponse<byte[]> absent = get("/api/models/umbrella/" + adapter.adapter() + route, UMBRELLA);

        assertThat(mine.statusCode()).isEqualTo(200);
        assertThat(head(api + route, ACME).statusCode()).isEqualTo(200);
        assertThat(theirs.statusCode()).isEqualTo(404);
        assertThat(theirs.headers().firstValue("X-Error-Code")).hasValue("RepoNotFound");
        assertThat(json(theirs).get("error").asText().replace("acme", "umbrella"))
                .isEqualTo(json(absent).get("error").asText());
    }

    @Test
    void unknownRevisionsAndPathsAreToldApart() {
        assertThat(get(api + "/revision/v9", ACME).headers().firstValue("X-Error-Code"))
                .hasValue("RevisionNotFound");
        assertThat(get(api + "/tree/v1/nowhere", ACME).headers().firstValue("X-Error-Code"))
                .hasValue("EntryNotFound");
    }

    @Test
    void whatIsNoRouteIsNotFoundInTheHubsShape() {
        HttpResponse<byte[]> answer = get("/api/agent-harnesses", ACME);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(json(answer).get("error").asText()).isNotBlank();
    }

    private List<String> paths(HttpResponse<byte[]> answer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        return StreamSupport.stream(json(answer).spliterator(), false)
                .map(entry ->
                        entry.get("type").asText() + " " + entry.get("path").asText())
                .toList();
    }

    private List<String> ids(HttpResponse<byte[]> answer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        return StreamSupport.stream(json(answer).spliterator(), false)
                .map(model -> model.get("id").asText())
                .toList();
    }
}
