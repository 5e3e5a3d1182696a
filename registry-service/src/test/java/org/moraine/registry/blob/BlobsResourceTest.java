package org.moraine.registry.blob;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.AdapterName;
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
    void aBlobComesInPiecesAndGoesOnWhereItBroke() throws IOException {
        byte[] bytes = bytes(9_000_000); // more than one piece of the store's
        String path = "/api/v1/blobs/" + Digest.of(bytes);

        assertThat(patch(path, bytes, 0, 1_000_000).headers().firstValueAsLong("Upload-Offset"))
                .hasValue(1_000_000);
        sendHalf(path, Arrays.copyOfRange(bytes, 1_000_000, bytes.length), bytes.length);
        long offset =
                head(path, WORKER).headers().firstValueAsLong("Upload-Offset").orElseThrow();
        HttpResponse<byte[]> tooEarly = patch(path, bytes, 0, 10);
        HttpResponse<byte[]> last = patch(path, bytes, (int) offset, bytes.length);

        assertThat(tooEarly.statusCode()).isEqualTo(409);
        assertThat(json(tooEarly).get("code").asText()).isEqualTo("wrong_offset");
        assertThat(last.statusCode()).isEqualTo(201);
        assertThat(head(path, WORKER).headers().firstValueAsLong("Content-Length"))
                .hasValue(bytes.length);
        AdapterName adapter = anAdapter();
        publish(adapter, aPublication(aJob(), Map.of("whole.bin", bytes)));
        assertThat(get("/" + adapter + "/resolve/v1/whole.bin", ACME).body()).isEqualTo(bytes);
    }

    @Test
    void piecesThatMakeSomethingElseAreRefusedAndGone() {
        byte[] bytes = bytes(1000);
        String path = "/api/v1/blobs/" + Digest.of(bytes);
        patch(path, bytes, 0, 500);

        HttpResponse<byte[]> refused =
                send("PATCH", path, WORKER, bytes(500), "Upload-Offset", "500", "Upload-Length", "1000");

        assertThat(json(refused).get("code").asText()).isEqualTo("wrong_digest");
        HttpResponse<byte[]> head = head(path, WORKER);
        assertThat(head.statusCode()).isEqualTo(404);
        assertThat(head.headers().firstValue("Upload-Offset")).hasValue("0");
        assertThat(patch(path, bytes, 0, 1000).statusCode()).isEqualTo(201);
    }

    @Test
    void morePiecesThanAnnouncedAreRefused() {
        byte[] bytes = bytes(1000);
        String path = "/api/v1/blobs/" + Digest.of(bytes);

        HttpResponse<byte[]> refused = send("PATCH", path, WORKER, bytes, "Upload-Offset", "0", "Upload-Length", "999");

        assertThat(json(refused).get("code").asText()).isEqualTo("wrong_length");
        assertThat(head(path, WORKER).statusCode()).isEqualTo(404);
    }

    private HttpResponse<byte[]> patch(String path, byte[] blob, int from, int to) {
        return send(
                "PATCH",
                path,
                WORKER,
                Arrays.copyOfRange(blob, from, to),
                "Upload-Offset",
                String.valueOf(from),
                "Upload-Length",
                String.valueOf(blob.length));
    }

    /** A client that goes away in the middle of its request. */
    private void sendHalf(String path, byte[] rest, int size) throws IOException {
        try (Socket socket = new Socket(root.getHost(), root.getPort())) {
            socket.getOutputStream()
                    .write(text("PATCH " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + WORKER
                            + "\r\nUpload-Offset: " + (size - rest.length) + "\r\nUpload-Length: " + size
                            + "\r\nContent-Type: application/octet-stream\r\nContent-Length: " + rest.length
                            + "\r\n\r\n"));
            socket.getOutputStream().write(rest, 0, rest.length / 2);
        }
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
