package org.moraine.registry.alias;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterName;
import org.moraine.registry.RegistryTest;

/** What is asked before an alias is moved; the versions here have a loss of 0.25 and a rank of 8. */
@QuarkusTest
class AliasRulesTest extends RegistryTest {

    private final AdapterName adapter = anAdapter();
    private final String alias = "/api/v1/adapters/" + adapter + "/aliases/production";
    private final String rule = alias + "/rule";

    @BeforeEach
    void publishTwoVersions() {
        published(adapter, aJob(), Map.of("a", bytes(10)));
        published(adapter, aJob(), Map.of("a", bytes(10)));
    }

    @Test
    void aMoveWaitsUntilItIsApprovedAndThenItsPullsSeeIt() {
        sendJson("PUT", rule, ACME, Map.of("approval", true));

        HttpResponse<byte[]> asked = move(2, null);
        HttpResponse<byte[]> askedAgain = move(2, null);

        assertThat(asked.statusCode()).isEqualTo(202);
        long proposal = json(asked).get("proposal").asLong();
        assertThat(json(askedAgain).get("proposal").asLong()).isEqualTo(proposal);
        assertThat(head("/" + adapter + "/resolve/production/a", ACME).statusCode())
                .isEqualTo(404);
        assertThat(json(get("/api/v1/proposals?limit=1000", ADMIN)))
                .anySatisfy(
                        waiting -> assertThat(waiting.get("proposal").asLong()).isEqualTo(proposal));

        HttpResponse<byte[]> approved = decide(proposal, true);

        assertThat(approved.statusCode()).isEqualTo(200);
        assertThat(head("/" + adapter + "/resolve/production/a", ACME).statusCode())
                .isEqualTo(200);
        JsonNode moved = json(get(alias + "/moves", ACME)).at("/moves/0");
        assertThat(moved.get("moved_by").asText()).isEqualTo("acme");
        assertThat(moved.get("approved_by").asText()).isEqualTo("admin");
        assertThat(json(get(alias + "/proposals", ACME)).at("/0/approved").asBoolean())
                .isTrue();
        assertThat(json(decide(proposal, true)).get("code").asText()).isEqualTo("proposal_decided");
    }

    @Test
    void aMoveAndItsApprovalNameThePersonsWhoseKeysWereUsedAndNobodyApprovesTheirOwn() {
        String alice = keyOf(Map.of("holder", "alice", "team", "acme"));
        String aliceAsAdmin = keyOf(Map.of("holder", "Alice", "admin", true));
        String bob = keyOf(Map.of("holder", "bob", "admin", true));
        sendJson("PUT", rule, alice, Map.of("approval", true));
        long proposal = json(sendJson("PUT", alias, alice, Map.of("version", 2)))
                .get("proposal")
                .asLong();
        String address = "/api/v1/proposals/" + proposal;

        HttpResponse<byte[]> ownApproval = sendJson("POST", address, aliceAsAdmin, Map.of("approved", true));
        HttpResponse<byte[]> approval = sendJson("POST", address, bob, Map.of("approved", true));

        assertThat(ownApproval.statusCode()).isEqualTo(403);
        assertThat(approval.statusCode()).isEqualTo(200);
        assertThat(json(approval).get("proposed_by").asText()).isEqualTo("acme/alice");
        assertThat(json(approval).get("decided_by").asText()).isEqualTo("admin/bob");
        JsonNode moved = json(get(alias + "/moves", ACME)).at("/moves/0");
        assertThat(moved.get("moved_by").asText()).isEqualTo("acme/alice");
        assertThat(moved.get("approved_by").asText()).isEqualTo("admin/bob");
        assertThat(json(get(alias, ACME)).get("moved_by").asText()).isEqualTo("acme/alice");
    }

    private String keyOf(Map<String, Object> wanted) {
        return json(sendJson("POST", "/api/v1/keys", ADMIN, wanted))
                .get("secret")
                .asText();
    }

    @Test
    void whatWasTurnedDownOrOvertakenIsNotMade() {
        move(1, null);
        sendJson("PUT", rule, ACME, Map.of("approval", true));
        long down = json(move(2, 1)).get("proposal").asLong();
        decide(down, false);
        assertThat(json(get(alias, ACME)).get("version").asInt()).isEqualTo(1);

        long away = json(send("DELETE", alias + "?expected_version=1", ACME, new byte[0]))
                .get("proposal")
                .asLong();
        long to = json(move(2, 1)).get("proposal").asLong();
        decide(to, true);
        HttpResponse<byte[]> overtaken = decide(away, true);

        assertThat(overtaken.statusCode()).isEqualTo(409);
        assertThat(json(overtaken).get("code").asText()).isEqualTo("alias_elsewhere");
        assertThat(json(get(alias, ACME)).get("version").asInt()).isEqualTo(2);
    }

    @Test
    void ofManyApprovalsAtOnceOneMoves() throws Exception {
        sendJson("PUT", rule, ACME, Map.of("approval", true));
        long one = json(move(1, null)).get("proposal").asLong();
        long other = json(move(2, null)).get("proposal").asLong();

        List<Integer> answers =
                atOnce(8, i -> decide(i % 2 == 0 ? one : other, true).statusCode());

        assertThat(answers).containsOnlyOnce(200).containsOnly(200, 409);
        assertThat(json(get(alias + "/moves", ACME)).get("moves")).hasSize(1);
    }

    @Test
    void aVersionThatMissesTheMetricsIsNotPointedAt() {
        sendJson("PUT", rule, ACME, Map.of("metrics", List.of("loss<0.2", "rank>=8", "valid_loss<1")));

        HttpResponse<byte[]> missed = move(1, null);
        sendJson("PUT", rule, ACME, Map.of("metrics", List.of("loss<0.3", "rank>=8")));
        HttpResponse<byte[]> kept = move(1, null);

        assertThat(json(missed).get("code").asText()).isEqualTo("gate_failed");
        assertThat(json(missed).get("detail").asText())
                .contains("loss<0.2 (it has 0.25)", "valid_loss<1 (it has null)")
                .doesNotContain("rank");
        assertThat(kept.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"loss<1e20", "loss>=1e-25", "loss<0000001.50"})
    void aRuleIsReadAsItWasWritten(String metric) {
        sendJson("PUT", rule, ACME, Map.of("metrics", List.of(metric)));

        assertThat(json(get(rule, ACME)).at("/metrics/0").asText()).isEqualTo(metric);
        assertThat(move(1, null).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"loss\"", "\"loss<1e200\"", "\"loss<1\", null"})
    void aRuleWithAMetricThatMakesNoSenseIsRefused(String metrics) {
        HttpResponse<byte[]> refused =
                send("PUT", rule, ACME, text("{\"metrics\": [" + metrics + "]}"), "Content-Type", "application/json");

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("field").asText()).isEqualTo("metric");
        assertThat(json(get(rule, ACME)).get("metrics")).isEmpty();
    }

    @Test
    void onlyTheAdminLoosensARuleThatAsksForApprovals() {
        sendJson("PUT", rule, ACME, Map.of("approval", true, "metrics", List.of("loss<1")));

        assertThat(sendJson("PUT", rule, ACME, Map.of("approval", true, "metrics", List.of("loss<1", "rank=8")))
                        .statusCode())
                .as("tighter")
                .isEqualTo(200);
        assertThat(send("DELETE", rule, ACME, new byte[0]).statusCode()).isEqualTo(403);
        assertThat(sendJson("PUT", rule, ACME, Map.of("metrics", List.of("loss<1", "rank=8")))
                        .statusCode())
                .isEqualTo(403);
        assertThat(json(get(rule, ACME)).get("metrics")).hasSize(2);
        String byAdmin = "/api/v1/proposals/rules/" + adapter + "/production";
        assertThat(send("DELETE", byAdmin, ACME, new byte[0]).statusCode()).isEqualTo(403);
        assertThat(send("DELETE", byAdmin, ADMIN, new byte[0]).statusCode()).isEqualTo(204);
        assertThat(move(1, null).statusCode()).isEqualTo(200);
    }

    @Test
    void theHubsBranchesKeepToTheRuleToo() {
        sendJson("PUT", rule, ACME, Map.of("approval", true));

        HttpResponse<byte[]> branch = send("POST", "/api/models/" + adapter + "/branch/production", ACME, new byte[0]);

        assertThat(branch.statusCode()).isEqualTo(409);
        assertThat(branch.headers().firstValue("X-Error-Message").orElseThrow()).contains("when it is approved");
        assertThat(get(alias, ACME).statusCode()).isEqualTo(404);
    }

    @Test
    void noTagGetsRoundARule() {
        String tag = "/api/v1/adapters/" + adapter + "/tags/";
        sendJson("PUT", rule, ACME, Map.of("approval", true));
        sendJson("PUT", tag + "audited", ACME, Map.of("version", 1));

        HttpResponse<byte[]> tagged = sendJson("PUT", tag + "production", ACME, Map.of("version", 1));
        HttpResponse<byte[]> taggedByTheHubsClients =
                sendJson("POST", "/api/models/" + adapter + "/tag/main", ACME, Map.of("tag", "production"));
        HttpResponse<byte[]> ruled =
                sendJson("PUT", rule.replace("production", "audited"), ACME, Map.of("approval", true));

        assertThat(List.of(tagged, taggedByTheHubsClients, ruled))
                .extracting(HttpResponse::statusCode)
                .containsOnly(409);
        assertThat(json(tagged).get("code").asText()).isEqualTo("name_taken");
        assertThat(json(ruled).get("code").asText()).isEqualTo("name_taken");
        assertThat(head("/" + adapter + "/resolve/production/a", ACME).statusCode())
                .isEqualTo(404);
    }

    @Test
    void anotherTeamSeesAndSetsNothing() {
        assertThat(get(rule, UMBRELLA).statusCode()).isEqualTo(404);
        assertThat(sendJson("PUT", rule, UMBRELLA, Map.of("approval", true)).statusCode())
                .isEqualTo(404);
        assertThat(get("/api/v1/proposals", ACME).statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"loss", "loss<", "loss<<1", "loss<1;drop", "'<1"})
    void aMetricThatIsNoneIsRefused(String metric) {
        HttpResponse<byte[]> refused = sendJson("PUT", rule, ACME, Map.of("metrics", List.of(metric)));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("detail").asText()).contains("is not written like");
    }

    @ParameterizedTest
    @CsvSource({"loss<0.25,409", "loss<=0.25,200", "loss=0.25,200", "loss>0.25,409", "loss>=2.5e-1,200", "rank=8,200"})
    void everyComparisonMeansWhatItSays(String metric, int status) {
        sendJson("PUT", rule, ACME, Map.of("metrics", List.of(metric)));

        assertThat(move(1, null).statusCode()).isEqualTo(status);
    }

    private HttpResponse<byte[]> move(int version, @Nullable Integer expected) {
        return sendJson(
                "PUT",
                alias,
                ACME,
                expected == null
                        ? Map.of("version", version)
                        : Map.of("version", version, "expected_version", expected));
    }

    private HttpResponse<byte[]> decide(long proposal, boolean approved) {
        return sendJson("POST", "/api/v1/proposals/" + proposal, ADMIN, Map.of("approved", approved));
    }
}
