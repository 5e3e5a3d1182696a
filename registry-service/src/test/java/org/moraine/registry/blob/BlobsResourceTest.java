package org.moraine.registry.blob;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.Digest;
import org.moraine.registry.RegistryTest;

@QuarkusTest
class BlobsResourceTest extends RegistryTest {

    @Test
    void aBlobIsThereOnceItWasPut() {
        byte[] bytes = bytes(3_000_000);
        String path = "/api/v1/blobs/" + Digest.of(bytes);

        assertThat(head(path, WORKER).statusCode()).isEqualTo(404);
        HttpResponse<byte[]> first = putBlob(bytes);
        HttpResponse<byte[]> second = putBlob(bytes);

        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(json(first).get("size").asInt()).isEqualTo(bytes.length);
        assertThat(second.statusCode()).isEqualTo(200);
        HttpResponse<byte[]> there = head(path, WORKER);
        assertThat(there.statusCode()).isEqualTo(200);
        assertThat(there.headers().firstValueAsLong("Content-Length")).hasValue(bytes.length);
    }

    @Test
    void anEmptyBlobIsABlob() {
        assertThat(putBlob(new byte[0]).statusCode()).isIn(200, 201);
        assertThat(head("/api/v1/blobs/" + Digest.of(new byte[0]), WORKER).statusCode())
                .isEqualTo(200);
    }

    @Test
    void bytesOfAnotherDigestAreRefusedAndAreNotThere() {
        byte[] bytes = bytes(1000);
        String path = "/api/v1/blobs/" + Digest.of(bytes);

        HttpResponse<byte[]> refused = send("PUT", path, WORKER, bytes(1000));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(json(refused).get("code").asText()).isEqualTo("wrong_digest");
        assertThat(json(refused).get("field").asText()).isEqualTo("digest");
        assertThat(head(path, WORKER).statusCode()).isEqualTo(404);
    }

    @Test
    void whatIsNoDigestIsRefused() {
        HttpResponse<byte[]> refused = send("PUT", "/api/v1/blobs/abc", WORKER, bytes(10));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).get("field").asText()).isEqualTo("digest");
    }

    @Test
    void onlyWorkersBringBlobs() {
        byte[] bytes = bytes(10);
        String path = "/api/v1/blobs/" + Digest.of(bytes);

        assertThat(send("PUT", path, "", bytes).statusCode()).isEqualTo(401);
        assertThat(send("PUT", path, "no-such-key-at-all", bytes).statusCode()).isEqualTo(401);
        assertThat(send("PUT", path, ACME, bytes).statusCode()).isEqualTo(403);
        assertThat(head(path, ACME).statusCode()).isEqualTo(403);
        assertThat(head(path, WORKER).statusCode()).isEqualTo(404);
    }
}
