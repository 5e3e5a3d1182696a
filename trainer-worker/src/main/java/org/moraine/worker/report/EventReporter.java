package org.moraine.worker.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.moraine.worker.Attempt;
import org.moraine.worker.WorkerConfig;

/** Opens the report of an attempt. Keeps one producer for all of them and makes a new one after a failure. */
@Singleton
public class EventReporter {

    private static final int REQUEST_MS = 5_000;
    private static final int BUFFER_BYTES = 4 << 20;

    private final KafkaConfig kafka;
    private final Duration patience;
    private final ObjectMapper json;
    private final Clock clock;

    private @Nullable KafkaProducer<String, byte[]> producer;

    EventReporter(KafkaConfig kafka, WorkerConfig worker, ObjectMapper json, Clock clock) {
        this.kafka = kafka;
        this.patience = worker.patience();
        this.json = json;
        this.clock = clock;
    }

    /** Begins the attempt's report; its events are numbered from 0. */
    public AttemptReport begin(Attempt attempt) {
        return new AttemptReport(this, attempt, json, clock, patience);
    }

    /** The connected producer; throws Kafka's exceptions where none can be made. */
    synchronized KafkaProducer<String, byte[]> producer() {
        KafkaProducer<String, byte[]> present = producer;
        if (present == null) {
            present = connect();
            producer = present;
        }
        return present;
    }

    private KafkaProducer<String, byte[]> connect() {
        int patienceMs = Math.toIntExact(patience.toMillis());
        Properties settings = new Properties();
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.servers());
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(REQUEST_MS, patienceMs));
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, patienceMs + REQUEST_MS);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, patienceMs);
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    /** Drops the producer, with what it could not deliver. */
    @PreDestroy
    synchronized void disconnect() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }
}
