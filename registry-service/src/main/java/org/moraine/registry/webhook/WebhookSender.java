package org.moraine.registry.webhook;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Sends what webhooks are to be told, each one's oldest first. A receiver that does not answer with 2xx is tried again
 * after growing pauses, for three days, and what is newer waits behind that; then, or at once where it says that it is
 * gone (410), it is disabled and the rest waits. An event may come twice, with the same id; none is lost. Several receivers
 * are called at once, so that a slow one keeps none of the others waiting, and several instances of the service may send
 * at once.
 */
@Singleton
public class WebhookSender {

    private static final Logger LOG = Logger.getLogger(WebhookSender.class);
    private static final int GONE = 410;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
    private static final int CALLED_AT_ONCE = 4;

    /** The pauses after each failed try, as Standard Webhooks advises. */
    private static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(14),
            Duration.ofHours(20),
            Duration.ofHours(24));

    private final WebhookConfig config;
    private final Jdbi jdbi;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(ANSWER_WITHIN)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final ScheduledExecutorService rounds =
            Executors.newScheduledThreadPool(CALLED_AT_ONCE, task -> new Thread(task, "webhooks"));

    WebhookSender(WebhookConfig config, Jdbi jdbi) {
        this.config = config;
        this.jdbi = jdbi;
    }

    private record Due(long number, String webhook, URI url, String secret, String event, String body, int tries) {}

    void start(@Observes StartupEvent event) {
        long pause = config.every().toMillis();
        var unused = rounds.scheduleWithFixedDelay(this::trySend, pause, pause, TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        rounds.shutdownNow();
        boolean unused = rounds.awaitTermination(5, TimeUnit.SECONDS);
    }

    /** Something was written that may go out at once. */
    public void nudge() {
        try {
            rounds.execute(this::trySend);
        } catch (RejectedExecutionException e) {
            LOG.debug("It is sent after the next start", e);
        }
    }

    private void trySend() {
        try {
            send(Instant::now); // so that what is written while one is told is due as well
        } catch (Exception e) { // the edge of the thread; the next round tries again
            LOG.warnf(e, "Webhooks cannot be sent and are tried again in %s", config.every());
        }
    }

    /** Sends all that is due at a moment. */
    void send(Instant now) {
        send(() -> now);
    }

    private void send(Supplier<Instant> moment) {
        boolean more;
        do {
            more = sendNext(moment.get());
        } while (more);
    }

    private boolean sendNext(Instant now) {
        return jdbi.inTransaction(transaction -> {
            Optional<Due> due = due(transaction, now);
            due.ifPresent(one -> {
                nudge(); // what others are to be told does not wait for this one's answer
                send(transaction, one, now);
            });
            return due.isPresent();
        });
    }

    /** The oldest delivery of a webhook, which nobody else sends to until the transaction ends. */
    private static Optional<Due> due(Handle transaction, Instant now) {
        return transaction
                .select("""
                        SELECT d.number, d.webhook, w.url, w.secret, d.event, d.body, d.tries
                        FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook
                        WHERE d.due_at <= ? AND w.disabled_at IS NULL
                        AND NOT EXISTS (SELECT FROM webhook_deliveries o WHERE o.webhook = d.webhook AND o.number < d.number)
                        ORDER BY d.number LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED""", now.atOffset(ZoneOffset.UTC))
                .map((row, context) -> new Due(
                        row.getLong("number"),
                        row.getString("webhook"),
                        URI.create(row.getString("url")),
                        row.getString("secret"),
                        row.getString("event"),
                        row.getString("body"),
                        row.getInt("tries")))
                .findOne();
    }

    private void send(Handle transaction, Due due, Instant now) {
        int status = status(due, now);
        if (status / 100 == 2) {
            transaction.execute("DELETE FROM webhook_deliveries WHERE number = ?", due.number);
        } else if (status == GONE || due.tries == PAUSES.size()) {
            LOG.warnf("Webhook disabled webhook=%s status=%d tries=%d", due.webhook, status, due.tries);
            transaction.execute("UPDATE webhooks SET disabled_at = now() WHERE id = ?", due.webhook);
        } else {
            transaction.execute(
                    "UPDATE webhook_deliveries SET tries = tries + 1, due_at = ? WHERE number = ?",
                    now.plus(PAUSES.get(due.tries)).atOffset(ZoneOffset.UTC),
                    due.number);
        }
    }

    /** What the receiver answers; 0 where it does not. Throws where the service stops meanwhile: that is no failed try. */
    private int status(Due due, Instant now) {
        try {
            if (!Receiver.allowed(due.url.getHost(), config.loopback())) {
                LOG.warnf("Webhook not called, its address is not allowed webhook=%s", due.webhook);
                return 0;
            }
            long timestamp = now.getEpochSecond();
            HttpRequest request = HttpRequest.newBuilder(due.url)
                    .timeout(ANSWER_WITHIN)
                    .header("Content-Type", "application/json")
                    .header("webhook-id", due.event)
                    .header("webhook-timestamp", Long.toString(timestamp))
                    .header("webhook-signature", WebhookSignature.of(due.secret, due.event, timestamp, due.body))
                    .POST(BodyPublishers.ofString(due.body))
                    .build();
            HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
            response.body().close(); // nobody reads it, or waits for its end
            return response.statusCode();
        } catch (IOException e) {
            LOG.debugf(e, "Webhook does not answer webhook=%s", due.webhook);
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("The service stops; webhook " + due.webhook + " is told when it is back");
        }
    }
}
