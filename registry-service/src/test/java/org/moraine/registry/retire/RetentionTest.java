package org.moraine.registry.retire;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.AdapterName;
import org.moraine.registry.RegistryTest;

@QuarkusTest
class RetentionTest extends RegistryTest {

    private static final Instant IN_TEN_DAYS = Instant.now().plus(Duration.ofDays(10));

    private final AdapterName adapter = anAdapter();
    private final String path = "/api/v1/adapters/" + adapter;

    @Inject
    Retention retention;

    @BeforeEach
    void publishFiveVersions() {
        for (int i = 0; i < 5; i++) {
            published(adapter, aJob(), Map.of("a", bytes(10)));
        }
    }

    @Test
    void whatIsNeitherNewNorNamedGoesAndCanComeBack() {
        sendJson("PUT", path + "/aliases/production", ACME, Map.of("version", 1));
        sendJson("PUT", path + "/tags/good", ACME, Map.of("version", 2));
        keep(2, 5);

        assertThat(retention.apply(Instant.now(), false)).as("they are young").isZero();
        assertThat(retention.apply(IN_TEN_DAYS, true)).isEqualTo(1);
        assertThat(versions()).containsExactly(5, 4, 3, 2, 1);
        assertThat(retention.apply(IN_TEN_DAYS, false)).isEqualTo(1);

        assertThat(versions()).containsExactly(5, 4, 2, 1);
        assertThat(json(get(path + "/deleted", ACME)).at("/0/deleted_by").asText())
                .isEqualTo("retention");
        send("POST", path + "/versions/3/restore", ACME, new byte[0]);
        assertThat(versions()).contains(3);
        send("DELETE", path + "/retention", ACME, new byte[0]);
    }

    @Test
    void theTargetOfAMoveThatWaitsStays() {
        sendJson("PUT", path + "/aliases/production/rule", ACME, Map.of("approval", true));
        sendJson("PUT", path + "/aliases/production", ACME, Map.of("version", 2));
        keep(1, 0);

        retention.apply(IN_TEN_DAYS, false);

        assertThat(versions()).containsExactly(5, 2);
        send("DELETE", path + "/retention", ACME, new byte[0]);
    }

    @Test
    void withoutARuleAllStay() {
        keep(1, 0);
        assertThat(json(get(path + "/retention", ACME)).get("keep_newest").asInt())
                .isEqualTo(1);
        send("DELETE", path + "/retention", ACME, new byte[0]);

        assertThat(retention.apply(IN_TEN_DAYS, false)).isZero();

        assertThat(get(path + "/retention", ACME).statusCode()).isEqualTo(404);
        assertThat(versions()).hasSize(5);
    }

    @Test
    void aRuleThatWouldKeepNothingAndOthersRulesAreRefused() {
        assertThat(json(keep(0, 1)).get("field").asText()).isEqualTo("keep_newest");
        assertThat(json(keep(1, -1)).get("field").asText()).isEqualTo("keep_days");
        assertThat(get(path + "/retention", UMBRELLA).statusCode()).isEqualTo(404);
        assertThat(sendJson("PUT", path + "/retention", WORKER, Map.of("keep_newest", 1, "keep_days", 1))
                        .statusCode())
                .isEqualTo(403);
    }

    private HttpResponse<byte[]> keep(int newest, int days) {
        return sendJson("PUT", path + "/retention", ACME, Map.of("keep_newest", newest, "keep_days", days));
    }

    private List<Integer> versions() {
        return json(get(path + "/versions", ACME)).get("versions").findValues("version").stream()
                .map(version -> version.asInt())
                .toList();
    }
}
