package org.moraine.jobs.outbox;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.jobs.Loop;

/**
 * Sends the outbox's rows to Kafka in their order, and removes them when every broker that must have them has. A row
 * may be sent twice, where the relay dies in between; none is lost. Of all instances of the service one relays at a
 * time.
 */
@Singleton
public class OutboxRelay {

    private static final int AT_ONCE = 200;

    private final Jdbi jdbi;
    private final KafkaConfig config;
    private @Nullable Producer<String, String> producer;
    private @Nullable Loop loop;

    OutboxRelay(Jdbi jdbi, KafkaConfig config) {
        this.jdbi = jdbi;
        this.config = config;
    }

    void start(@Observes StartupEvent event) {
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers(),
                        ProducerConfig.ACKS_CONFIG, "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
                        ProducerConfig.LINGER_MS_CONFIG, 0,
                        ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000,
                        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 20_000),
                new StringSerializer(),
                new StringSerializer());
        loop = Loop.start("outbox-relay", config.relayEvery(), this::relay);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
        if (producer != null) {
            producer.close(Duration.ofSeconds(2));
        }
    }

    /** Rows were committed that may go out at once. */
    public void nudge() {
        if (loop != null) {
            loop.nudge();
        }
    }

    private void relay() throws InterruptedException {
        int sent;
        do {
            sent = jdbi.inTransaction(handle -> {
                List<Outbox.Row> rows = Outbox.oldest(handle, AT_ONCE);
                send(rows);
                Outbox.remove(handle, rows);
                return rows.size();
            });
        } while (sent == AT_ONCE);
    }

    private void send(List<Outbox.Row> rows) throws InterruptedException {
        Producer<String, String> open = producer;
        if (open == null || rows.isEmpty()) {
            return;
        }
        List<Future<RecordMetadata>> answers = new ArrayList<>();
        for (Outbox.Row row : rows) {
            answers.add(open.send(new ProducerRecord<>(row.topic(), row.key(), row.payload())));
        }
        for (Future<RecordMetadata> answer : answers) {
            try {
                answer.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("Kafka did not take what the outbox holds", e.getCause());
            }
        }
    }
}
