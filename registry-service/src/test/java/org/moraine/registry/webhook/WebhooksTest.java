package org.moraine.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.assertj.core.data.Offset;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterName;
import org.moraine.registry.RegistryTest;

@QuarkusTest
class WebhooksTest extends RegistryTest {

    private static final String PATH = "/api/v1/webhooks";

    /** An answer that does not come before the test ends. */
    private static final Integer HELD = 503;

    private final AdapterName adapter = anAdapter();
    private final String alias = "/api/v1/adapters/" + adapter + "/aliases/production";
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final Queue<Integer> answers = new ArrayDeque<>();

    private final List<HttpServer> servers = new ArrayList<>();

    /** What a slow receiver waits for. */
    private final CountDownLatch held = new CountDownLatch(1);

    @Inject
    WebhookSender sender;

    private HttpServer receiver;
    private JsonNode webhook;

    private record Call(String id, long timestamp, String signature, String body) {}

    @BeforeEach
    void aReceiverIsMade() throws IOException {
        receiver = receiver(this::take);
        webhook = webhook(receiver);
        published(adapter, aJob(), Map.of("a", bytes(10)));
        published(adapter, aJob(), Map.of("a", bytes(10)));
    }

    @AfterEach
    void nobodyIsToldAnyMore() {
        held.countDown();
        for (JsonNode one : json(get(PATH, ACME))) {
            send("DELETE", PATH + "/" + one.get("id").asText(), ACME, new byte[0]);
        }
        servers.forEach(server -> server.stop(0));
    }

    private HttpServer receiver(HttpHandler taking) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", taking);
        server.start();
        servers.add(server);
        return server;
    }

    private JsonNode webhook(HttpServer receiver) {
        String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/moves";
        return json(sendJson("POST", PATH, ACME, Map.of("url", url)));
    }

    @Test
    void aMoveIsToldWithASignatureThatTheSecretMakes() throws Exception {
        sendJson("PUT", alias, ACME, Map.of("version", 1));

        Call call = awaitCalls(1).get(0);

        JsonNode told = json.readTree(call.body);
        assertThat(told.get("type").asText()).isEqualTo("alias.moved");
        assertThat(told.at("/data/adapter").asText()).isEqualTo(adapter.toString());
        assertThat(told.at("/data/alias").asText()).isEqualTo("production");
        assertThat(told.at("/data/from").isNull()).isTrue();
        assertThat(told.at("/data/to").asInt()).isEqualTo(1);
        assertThat(told.at("/data/moved_by").asText()).isEqualTo("acme");
        Mac mac = Mac.getInstance("HmacSHA256");
        byte[] key = Base64.getDecoder().decode(webhook.get("secret").asText().replace("whsec_", ""));
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        byte[] signed =
                mac.doFinal((call.id + "." + call.timestamp + "." + call.body).getBytes(StandardCharsets.UTF_8));
        assertThat(call.signature).isEqualTo("v1," + Base64.getEncoder().encodeToString(signed));
        assertThat(call.timestamp).isCloseTo(Instant.now().getEpochSecond(), Offset.offset(60L));
        awaitWaiting(0);
    }

    @Test
    void whatIsNotTakenIsToldAgainUnderTheSameId() {
        answers.addAll(List.of(500, 302));
        sendJson("PUT", alias, ACME, Map.of("version", 1));
        awaitCalls(1);
        awaitTries(1);

        sender.send(Instant.now());
        assertThat(calls).as("not due yet").hasSize(1);
        sender.send(Instant.now().plus(Duration.ofMinutes(1)));
        sender.send(Instant.now().plus(Duration.ofHours(1)));

        assertThat(calls).hasSize(3).extracting(Call::id).containsOnly(calls.get(0).id);
        assertThat(waiting()).isZero();
    }

    @Test
    void aNewerEventDoesNotOvertakeOneThatIsToldAgain() {
        answers.add(500);
        sendJson("PUT", alias, ACME, Map.of("version", 1));
        awaitTries(1);

        sendJson("PUT", alias, ACME, Map.of("version", 2, "expected_version", 1));
        sender.send(Instant.now());
        assertThat(calls).as("it waits for the older one").hasSize(1);
        sender.send(Instant.now().plus(Duration.ofMinutes(1)));

        assertThat(told()).containsExactly(1, 1, 2);
        assertThat(waiting()).isZero();
    }

    @Test
    void whatHappensWhileAReceiverIsToldIsToldNext() throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        webhook(receiver(exchange -> {
            events.add(exchange.getRequestHeaders().getFirst("webhook-id"));
            if (events.size() == 1) {
                sendJson("PUT", alias, ACME, Map.of("version", 2, "expected_version", 1));
                sender.send(Instant.now()); // finds that this receiver is being told
            }
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        }));

        sendJson("PUT", alias, ACME, Map.of("version", 1));

        Awaitility.await().until(() -> events.size() == 2);
    }

    @Test
    void aSlowReceiverKeepsNoOtherWaiting() throws Exception {
        List<String> slowCalls = new CopyOnWriteArrayList<>();
        HttpServer slow = receiver(exchange -> {
            slowCalls.add(exchange.getRequestHeaders().getFirst("webhook-id"));
            await(held);
            exchange.close();
        });
        String id = webhook(slow).get("id").asText();

        sendJson("PUT", alias, ACME, Map.of("version", 1));
        Awaitility.await().until(() -> slowCalls.size() == 1);
        sendJson("PUT", alias, ACME, Map.of("version", 2, "expected_version", 1));
        sendJson("PUT", alias, ACME, Map.of("version", 1, "expected_version", 2));
        awaitCalls(3);

        assertThat(tries(id)).as("the slow one has not answered").isZero();
        assertThat(slowCalls).as("and is told nothing newer").hasSize(1);
        assertThat(told()).containsExactly(1, 2, 1);
    }

    @Test
    void anAnswerWhoseBodyDoesNotEndIsAnAnswer() throws Exception {
        HttpServer endless = receiver(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
            await(held);
            exchange.close();
        });
        String id = webhook(endless).get("id").asText();

        sendJson("PUT", alias, ACME, Map.of("version", 1));

        Awaitility.await().until(() -> waiting(id) == 0);
    }

    @Test
    void aCallThatTheServicesStopCutsOffIsNoFailedTry() {
        answers.add(500);
        sendJson("PUT", alias, ACME, Map.of("version", 1));
        awaitTries(1);
        answers.add(HELD);
        ExecutorService stopping = Executors.newSingleThreadExecutor();
        Future<?> sending = stopping.submit(() -> sender.send(Instant.now().plus(Duration.ofMinutes(1))));
        awaitCalls(2);

        stopping.shutdownNow();

        assertThatThrownBy(sending::get).hasCauseInstanceOf(CancellationException.class);
        assertThat(tries(webhook.get("id").asText())).isEqualTo(1);
        assertThat(waiting()).isEqualTo(1);
    }

    @Test
    void aReceiverThatIsGoneIsDisabledAndToldWhatItMissedWhenItIsBack() {
        answers.add(410);
        sendJson("PUT", alias, ACME, Map.of("version", 1));
        awaitCalls(1);
        Awaitility.await().until(() -> !mine().get("disabled_at").isNull());
        sendJson("PUT", alias, ACME, Map.of("version", 2, "expected_version", 1));
        sender.send(Instant.now().plus(Duration.ofDays(9)));
        assertThat(calls).hasSize(1);
        assertThat(waiting()).isEqualTo(2);

        send("POST", PATH + "/" + webhook.get("id").asText() + "/enable", ACME, new byte[0]);

        awaitCalls(3);
        assertThat(told()).containsExactly(1, 1, 2);
        awaitWaiting(0);
    }

    @Test
    void oneThatFailsForDaysIsDisabledAndLosesNothing() {
        receiver.stop(0);
        sendJson("PUT", alias, ACME, Map.of("version", 1));
        awaitTries(1);

        for (int day = 1; day <= 10; day++) {
            sender.send(Instant.now().plus(Duration.ofDays(2 * day)));
        }

        assertThat(mine().get("disabled_at").isNull()).isFalse();
        assertThat(waiting()).isEqualTo(1);
    }

    @Test
    void aMoveThatIsRefusedIsNotTold() {
        sendJson("PUT", alias, ACME, Map.of("version", 7));
        sendJson("PUT", alias, ACME, Map.of("version", 1));
        sendJson("PUT", alias, ACME, Map.of("version", 2));

        awaitCalls(1);
        awaitWaiting(0);
        assertThat(calls).hasSize(1);
    }

    @Test
    void anotherTeamIsToldNothingAndSeesNothing() {
        assertThat(json(get(PATH, UMBRELLA))).isEmpty();
        assertThat(send("DELETE", PATH + "/" + webhook.get("id").asText(), UMBRELLA, new byte[0])
                        .statusCode())
                .isEqualTo(404);
        assertThat(mine().has("secret")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "no url", "ftp://example.com/", "http:///path", "https://user@example.com/", "file:///etc"})
    void whatCannotBeCalledIsRefused(String url) {
        assertThat(json(sendJson("POST", PATH, ACME, Map.of("url", url)))
                        .get("field")
                        .asText())
                .isEqualTo("url");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "[::1]", "169.254.169.254", "0.0.0.0", "[fe80::1]", "224.0.0.1"})
    void thisMachineAndItsMetadataAreNotCalled(String host) throws IOException {
        assertThat(Receiver.allowed(host, false)).isFalse();
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Integer answer = answers.poll();
            calls.add(new Call(
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    Long.parseLong(exchange.getRequestHeaders().getFirst("webhook-timestamp")),
                    exchange.getRequestHeaders().getFirst("webhook-signature"),
                    body));
            if (HELD.equals(answer)) {
                await(held);
            }
            exchange.sendResponseHeaders(answer == null ? 200 : answer, -1);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The versions that the calls name, in their order. */
    private List<Integer> told() {
        return calls.stream()
                .map(call -> {
                    try {
                        return json.readTree(call.body).at("/data/to").asInt();
                    } catch (IOException e) {
                        throw new AssertionError(call.body, e);
                    }
                })
                .toList();
    }

    private List<Call> awaitCalls(int many) {
        Awaitility.await().until(() -> calls.size() >= many);
        return calls;
    }

    private void awaitWaiting(int many) {
        Awaitility.await().until(() -> waiting() == many);
    }

    private void awaitTries(int tries) {
        Awaitility.await().until(() -> tries(webhook.get("id").asText()) == tries);
    }

    private int tries(String id) {
        return jdbi.withHandle(
                handle -> handle.select("SELECT coalesce(max(tries), 0) FROM webhook_deliveries WHERE webhook = ?", id)
                        .mapTo(int.class)
                        .one());
    }

    private int waiting() {
        return waiting(webhook.get("id").asText());
    }

    private int waiting(String id) {
        return listed(id).get("waiting").asInt();
    }

    private JsonNode mine() {
        return listed(webhook.get("id").asText());
    }

    private JsonNode listed(String id) {
        for (JsonNode one : json(get(PATH, ACME))) {
            if (one.get("id").asText().equals(id)) {
                return one;
            }
        }
        throw new AssertionError("the webhook is not listed");
    }
}
