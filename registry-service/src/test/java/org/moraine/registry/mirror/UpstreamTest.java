package org.moraine.registry.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.moraine.contracts.AdapterName;

class UpstreamTest {

    @Test
    @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
    void bytesThatDoNotComeAreNotWaitedForForEver() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        HttpServer hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write(new byte[10]);
            exchange.getResponseBody().flush();
            try {
                read.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            exchange.close();
        });
        hub.start();
        URI endpoint = URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
        Upstream upstream = new Upstream(endpoint, null, new ObjectMapper(), Duration.ofMillis(500));

        try (InputStream bytes = upstream.open(AdapterName.of("owner/base"), "a".repeat(40), "weights", null)) {
            assertThat(bytes.readNBytes(10)).hasSize(10);
            assertThatThrownBy(bytes::read).isInstanceOf(SocketTimeoutException.class);
        } finally {
            read.countDown();
            hub.stop(0);
        }
    }
}
