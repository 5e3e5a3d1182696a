package org.moraine.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStoreTest {

    @TempDir
    Path folder;

    @Test
    void nobodyIsServedWithoutItsKeysAndTheyAreKept() throws Exception {
        String secret;
        try (ObjectStore store = ObjectStore.start(folder, 0)) {
            secret = store.secretKey();
            HttpRequest anonymous =
                    HttpRequest.newBuilder(URI.create(store.endpoint() + "/")).build();
            assertThat(HttpClient.newHttpClient()
                            .send(anonymous, BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(403);
        }

        try (ObjectStore store = ObjectStore.start(folder, 0)) {
            assertThat(store.secretKey()).isEqualTo(secret).hasSize(32);
        }
    }

    @Test
    void aTakenPortIsNamedWithThePartAndTheWayToChooseAnother() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> ObjectStore.start(folder, taken.getLocalPort()))
                    .isInstanceOf(StackException.class)
                    .hasMessageContainingAll("object store", Integer.toString(taken.getLocalPort()), "--s3-port PORT");
        }
    }
}
