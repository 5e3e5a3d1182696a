package org.moraine.registry.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.registry.RegistryTest;

/** Large files come by links to the store, where it has a host of its own; with a real one, in {@code .ci/minio-tests}. */
@QuarkusTest
@TestProfile(RedirectTest.StoreOnAHostOfItsOwn.class)
@EnabledIfEnvironmentVariable(named = "MORAINE_TEST_S3_ENDPOINT", matches = ".+")
class RedirectTest extends RegistryTest {

    /** The same server under another of its names. */
    public static final class StoreOnAHostOfItsOwn implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            String endpoint = String.valueOf(System.getenv("MORAINE_TEST_S3_ENDPOINT"));
            return Map.of("moraine.s3.link-endpoint", endpoint.replace("127.0.0.1", "localhost"));
        }
    }

    private final AdapterName adapter = anAdapter();
    private final byte[] small = bytes(1000);
    private final byte[] large = bytes(3_000_000);

    @Test
    void aLargeFileIsReadFromTheStoreWithoutAKeyAndASmallOneHere() throws Exception {
        published(adapter, aJob(), Map.of("small", small, "large", large));

        HttpResponse<byte[]> here = get("/" + adapter + "/resolve/v1/small", ACME);
        HttpResponse<byte[]> redirect = get("/" + adapter + "/resolve/v1/large", ACME);
        HttpResponse<byte[]> head = head("/" + adapter + "/resolve/v1/large", ACME);

        assertThat(here.body()).isEqualTo(small);
        assertThat(redirect.statusCode()).isEqualTo(302);
        assertThat(redirect.headers().firstValue("X-Repo-Commit")).isPresent();
        assertThat(redirect.headers().firstValue("X-Linked-Etag"))
                .hasValue('"' + Digest.of(large).hex() + '"');
        assertThat(redirect.headers().allValues("Cache-Control")).containsExactly("no-store");
        assertThat(head.statusCode()).isEqualTo(200);
        URI link = URI.create(redirect.headers().firstValue("Location").orElseThrow());
        assertThat(link.getHost()).isEqualTo("localhost");
        HttpResponse<byte[]> read =
                HttpClient.newHttpClient().send(HttpRequest.newBuilder(link).build(), BodyHandlers.ofByteArray());
        assertThat(read.body()).isEqualTo(large);
    }
}
