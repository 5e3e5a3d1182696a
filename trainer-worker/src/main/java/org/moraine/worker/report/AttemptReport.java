package org.moraine.worker.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobEvent;
import org.moraine.worker.Attempt;
import org.moraine.worker.LostConnection;

/**
 * The events of one attempt, in order and without a gap: after an event that could not be delivered none follows. Used
 * by the attempt's own thread.
 */
public final class AttemptReport {

    private final EventReporter reporter;
    private final Attempt attempt;
    private final ObjectMapper json;
    private final Clock clock;
    private final Duration patience;
    private final AtomicReference<@Nullable Exception> undelivered = new AtomicReference<>();

    private Future<?> last = CompletableFuture.completedFuture(null);
    private long sequence;

    AttemptReport(EventReporter reporter, Attempt attempt, ObjectMapper json, Clock clock, Duration patience) {
        this.reporter = reporter;
        this.attempt = attempt;
        this.json = json;
        this.clock = clock;
        this.patience = patience;
    }

    /**
     * Sends an event without waiting for the broker.
     *
     * @throws LostConnection where an event of this attempt could not be delivered within the worker's patience
     */
    public void say(JobEvent.Body body) {
        send(body);
    }

    /** Sends the attempt's last event and waits until the broker holds it; throws as {@link #say} does. */
    public void sayLast(JobEvent.Body body) {
        try {
            send(body).get();
        } catch (ExecutionException e) {
            throw lost(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw lost(e);
        }
    }

    /** Done when the broker holds all that was said so far; fails where it could not be delivered. */
    public Future<?> delivered() {
        return last;
    }

    private Future<RecordMetadata> send(JobEvent.Body body) {
        Exception failure = undelivered.get();
        if (failure != null) {
            throw lost(failure);
        }
        JobEvent event = new JobEvent(attempt.job(), attempt.number(), sequence, clock.instant(), body);
        try {
            byte[] value = json.writeValueAsBytes(event);
            Future<RecordMetadata> sent = reporter.producer()
                    .send(new ProducerRecord<>(JobEvent.TOPIC, attempt.job().value(), value), (held, e) -> {
                        if (e != null) {
                            undelivered.compareAndSet(null, e);
                        }
                    });
            sequence++;
            last = sent;
            return sent;
        } catch (InterruptException e) {
            throw e; // the attempt is told to stop; this event was not sent, its number is the next one's
        } catch (KafkaException e) {
            undelivered.compareAndSet(null, e);
            throw lost(e);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a contract's record is always written", e);
        }
    }

    private LostConnection lost(@Nullable Throwable cause) {
        reporter.disconnect();
        return new LostConnection("Kafka", patience, cause);
    }
}
