package org.moraine.registry.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.registry.OtherHub;
import org.moraine.registry.RegistryTest;
import org.moraine.registry.blob.GarbageCollector;

/** Base models of another Hub, by their own names. */
@QuarkusTest
class MirrorTest extends RegistryTest {

    private final byte[] weights = bytes(3_000_000);
    private final String owner = "owner-" + Digest.of(weights).hex().substring(0, 8);
    private final String model = owner + "/Base-1B";
    private final OtherHub.Model there = new OtherHub.Model(Map.of(
            "config.json",
            text("{\"model_type\":\"llama\"}"),
            "sub/notes.txt",
            text("n"),
            "model.safetensors",
            weights));

    @SuppressWarnings("NullAway.Init") // set when it is started
    private OtherHub hub;

    @Inject
    BlobStore store;

    @Inject
    GarbageCollector collector;

    @BeforeEach
    void theOtherHubHasAModel() {
        hub.put(model, there);
    }

    @AfterEach
    void theOtherHubIsThere() {
        hub.comeBack();
    }

    @Test
    void aModelIsReadUnderItsOwnNameAndCommitAndThenWithoutTheOtherHub() {
        JsonNode info = json(get("/api/models/" + model + "/revision/main", ACME));

        assertThat(info.get("sha").asText()).isEqualTo(there.commit());
        assertThat(info.get("siblings"))
                .extracting(file -> file.get("rfilename").asText())
                .containsExactly("config.json", "model.safetensors", "sub/notes.txt");
        String resolve = "/" + model + "/resolve/" + there.commit() + "/";
        assertThat(head(resolve + "model.safetensors", UMBRELLA).headers().firstValue("X-Linked-Etag"))
                .hasValue('"' + Digest.of(weights).hex() + '"');
        assertThat(there.pulls("model.safetensors")).as("nobody wanted it yet").isZero();
        assertThat(get(resolve + "model.safetensors", UMBRELLA).body()).isEqualTo(weights);
        assertThat(store(weights)).isTrue();

        hub.goAway();

        assertThat(get(resolve + "model.safetensors", ACME).body()).isEqualTo(weights);
        assertThat(get(resolve + "config.json", ACME).body()).isEqualTo(text("{\"model_type\":\"llama\"}"));
        assertThat(get("/" + model + "/resolve/main/sub/notes.txt", WORKER).body())
                .isEqualTo(text("n"));
        assertThat(there.pulls("model.safetensors")).isEqualTo(1);
    }

    @Test
    void aPartOfALargeFilePassesThroughAndIsNotKept() {
        String file = "/" + model + "/resolve/main/model.safetensors";

        HttpResponse<byte[]> part = get(file, ACME, "Range", "bytes=1000-1999");

        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(weights, 1000, 2000));
        assertThat(store(weights)).isFalse();
    }

    @Test
    void otherBytesThanTheOtherHubSaidAreCutOffAndNotKept() {
        there.damage("model.safetensors");

        assertThatThrownBy(() -> get("/" + model + "/resolve/main/model.safetensors", ACME))
                .hasRootCauseInstanceOf(IOException.class);

        there.mend("model.safetensors");
        assertThat(get("/" + model + "/resolve/main/model.safetensors", ACME).body())
                .isEqualTo(weights);
    }

    @Test
    void aSizeThatTheOtherHubGotWrongIsNotThatOfATeamsSameFile() {
        there.say("model.safetensors", 1_500_000);
        get("/api/models/" + model, ACME);
        AdapterName adapter = anAdapter();

        published(adapter, aJob(), Map.of("weights", weights));

        assertThat(get("/" + adapter + "/resolve/v1/weights", ACME).body()).isEqualTo(weights);
        assertThat(json(get("/api/v1/adapters/" + adapter + "/versions/1", ACME))
                        .get("size")
                        .asLong())
                .isEqualTo(weights.length);
    }

    @Test
    void manyWhoAskAtOnceGetOneVersion() throws Exception {
        List<HttpResponse<byte[]>> answers =
                atOnce(8, i -> get("/" + model + "/resolve/main/model.safetensors", i % 2 == 0 ? ACME : UMBRELLA));

        assertThat(answers).allSatisfy(answer -> assertThat(answer.body()).isEqualTo(weights));
        assertThat(json(get("/api/models/" + model + "/refs", ACME)).get("tags"))
                .hasSize(1);
    }

    @Test
    void whatIsNotFetchedYetIsNeitherLostNorCollected() throws Exception {
        int lostBefore = collector.collect(Instant.now().plusSeconds(60), false).lost();
        get("/api/models/" + model, ACME);

        int lost = collector.collect(Instant.now().plusSeconds(60), false).lost();
        assertThat(lost).isEqualTo(lostBefore);

        assertThat(get("/" + model + "/resolve/main/model.safetensors", ACME).body())
                .isEqualTo(weights);
    }

    @Test
    void whatTheOtherHubHasNotIsAbsentAsTheClientsKnowIt() {
        assertThat(get("/api/models/" + owner + "/nothing", ACME).headers().firstValue("X-Error-Code"))
                .hasValue("RepoNotFound");
        assertThat(get("/api/models/" + model + "/revision/nothing", ACME)
                        .headers()
                        .firstValue("X-Error-Code"))
                .hasValue("RevisionNotFound");
        assertThat(get("/" + model + "/resolve/main/nothing", ACME).headers().firstValue("X-Error-Code"))
                .hasValue("EntryNotFound");
        assertThat(get("/api/models/" + model, "").statusCode()).isEqualTo(401);
    }

    @Test
    void aTeamThatIsMadeLaterWithTheOwnersNameDoesNotTakeOverWhatWasMirrored() {
        get("/" + model + "/resolve/main/model.safetensors", ACME);

        String key = json(sendJson("POST", "/api/v1/keys", ADMIN, Map.of("holder", "newcomer", "team", owner)))
                .get("secret")
                .asText();

        assertThat(get("/" + model + "/resolve/main/model.safetensors", ACME).body())
                .as("every team's, as before")
                .isEqualTo(weights);
        assertThat(get("/" + model + "/resolve/main/config.json", key).statusCode())
                .isEqualTo(200);
        assertThat(json(get("/api/v1/adapters", key)).get("adapters")).isEmpty();
        assertThat(json(get("/api/models?author=" + owner, key))).isEmpty();
        assertThat(json(get("/api/v1/versions", key)).get("versions")).isEmpty();
        assertThat(send("DELETE", "/api/v1/adapters/" + model, key, new byte[0]).statusCode())
                .isEqualTo(404);
        assertThat(sendJson("PUT", "/api/v1/adapters/" + model + "/aliases/main2", key, Map.of("version", 1))
                        .statusCode())
                .isEqualTo(404);
        HttpResponse<byte[]> created = sendJson("POST", "/api/repos/create", key, Map.of("name", "Base-1B"));
        assertThat(created.statusCode()).isEqualTo(403);
        assertThat(created.headers().firstValue("X-Error-Message").orElseThrow())
                .contains("another Hub");
        assertThat(sendJson("DELETE", "/api/repos/delete", key, Map.of("name", "Base-1B"))
                        .statusCode())
                .isEqualTo(403);
        byte[] other = bytes(7);
        putBlob(other);
        assertThat(publish(AdapterName.of(model), aPublication(aJob(), Map.of("a", other)))
                        .statusCode())
                .isEqualTo(403);

        published(AdapterName.of(owner + "/own"), aJob(), Map.of("a", text("of the team")));
        assertThat(get("/" + owner + "/own/resolve/main/a", key).body()).isEqualTo(text("of the team"));
        assertThat(get("/" + owner + "/own/resolve/main/a", ACME).statusCode())
                .as("the team's own, and no other's")
                .isEqualTo(404);
    }

    @Test
    void nobodyWritesToAMirroredModelAndATeamsNameIsNeverAskedFor() {
        get("/api/models/" + model, ACME);
        hub.put("umbrella/secret", there);

        assertThat(get("/api/models/" + model + "/auth-check", ACME).statusCode())
                .isEqualTo(200);
        assertThat(get("/api/models/" + model + "/auth-check/write", ACME).statusCode())
                .isEqualTo(404);
        assertThat(send("POST", "/api/models/" + model + "/branch/mine", ACME, new byte[0])
                        .statusCode())
                .isEqualTo(404);
        assertThat(sendJson("PUT", "/api/v1/adapters/" + model + "/aliases/mine", ACME, Map.of("version", 1))
                        .statusCode())
                .isEqualTo(404);
        assertThat(get("/api/models/umbrella/secret", ACME).statusCode()).isEqualTo(404);
        assertThat(get("/api/models/umbrella/secret", UMBRELLA).statusCode()).isEqualTo(404);
    }

    @Test
    void aMirroredModelIsSignedForTheWorkersThatAskForThat() {
        get("/api/models/" + model, ACME);

        assertThat(get("/api/v1/adapters/" + model + "/commits/" + there.commit() + "/signature", WORKER)
                        .statusCode())
                .isEqualTo(200);
    }

    private boolean store(byte[] bytes) {
        try {
            return store.size(Digest.of(bytes)).isPresent();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
