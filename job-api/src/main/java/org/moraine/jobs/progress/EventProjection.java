package org.moraine.jobs.progress;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Loop;
import org.moraine.jobs.outbox.KafkaConfig;

/**
 * Reads workers' events from Kafka, at least once and in a job's order, and hands each to the {@link Projector}. A
 * record's offset is committed when its event has done what it does; a record that is no event is logged and passed
 * over.
 */
@Singleton
class EventProjection {

    private static final Logger LOG = Logger.getLogger(EventProjection.class);
    private static final String GROUP = "moraine-job-api";

    /** The least that brokers take: for so long nobody reads what a killed instance read. */
    private static final int SESSION_MS = 6_000;

    private static final int HEARTBEAT_MS = 2_000;
    private static final CloseOptions CLOSE = CloseOptions.timeout(Duration.ofSeconds(2));
    private static final String BAD_VALUE = "22"; // PostgreSQL's class of data exceptions
    private static final Duration PATIENCE = Duration.ofMillis(500);

    /** Events of one transaction: their jobs stay locked until its end. */
    private static final int TOGETHER = 100;

    private final Projector projector;
    private final ObjectMapper json;
    private final KafkaConfig config;
    private @Nullable Consumer<String, String> consumer;
    private @Nullable Loop loop;

    EventProjection(Projector projector, ObjectMapper json, KafkaConfig config) {
        this.projector = projector;
        this.json = json;
        this.config = config;
    }

    void start(@Observes StartupEvent event) {
        loop = Loop.start("event-projection", Duration.ZERO, this::round);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
        if (consumer != null) {
            consumer.close(CLOSE);
        }
    }

    private void round() {
        Consumer<String, String> open = consumer;
        if (open == null) {
            open = open();
            consumer = open;
        }
        try {
            project(open, open.poll(PATIENCE));
        } catch (InterruptException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            consumer = null; // the next one begins after the last committed offset
            open.close(CLOSE);
            throw e;
        }
    }

    private Consumer<String, String> open() {
        Consumer<String, String> made = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        config.bootstrapServers(),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        GROUP,
                        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                        SESSION_MS,
                        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                        HEARTBEAT_MS,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false,
                        ConsumerConfig.METADATA_MAX_AGE_CONFIG,
                        2_000), // the topic may not be made yet
                new StringDeserializer(),
                new StringDeserializer());
        made.subscribe(List.of(JobEvent.TOPIC));
        return made;
    }

    /** Events are projected together, in few transactions; where one of them cannot be, that is found out one by one. */
    private void project(Consumer<String, String> open, ConsumerRecords<String, String> records) {
        List<Taken> all = new ArrayList<>();
        records.forEach(record -> all.add(new Taken(record, read(record))));
        Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
        try {
            for (int from = 0, to; from < all.size(); from = to) {
                to = end(all, from);
                List<Taken> some = all.subList(from, to);
                if (some.size() > 1 && projectTogether(some)) {
                    some.forEach(taken -> done.put(partition(taken.record), next(taken.record)));
                    continue;
                }
                for (Taken taken : some) {
                    taken.event.ifPresent(event -> project(taken.record, event));
                    done.put(partition(taken.record), next(taken.record));
                }
            }
        } finally {
            if (!done.isEmpty()) {
                open.commitSync(done);
            }
        }
    }

    /** A record, and its event where it is one. */
    private record Taken(ConsumerRecord<String, String> record, Optional<JobEvent> event) {

        /** Whether its job's result file is made, and so the object store waited for. */
        boolean waitsForStore() {
            return event.filter(made -> made.body() instanceof JobEvent.Published)
                    .isPresent();
        }
    }

    /** One past the last event that goes into a transaction with the first: no other job waits while one waits for the store. */
    private static int end(List<Taken> all, int from) {
        if (all.get(from).waitsForStore()) {
            return from + 1;
        }
        int to = from + 1;
        while (to < all.size() && to < from + TOGETHER && !all.get(to).waitsForStore()) {
            to++;
        }
        return to;
    }

    private static TopicPartition partition(ConsumerRecord<String, String> record) {
        return new TopicPartition(record.topic(), record.partition());
    }

    private static OffsetAndMetadata next(ConsumerRecord<String, String> record) {
        return new OffsetAndMetadata(record.offset() + 1);
    }

    private boolean projectTogether(List<Taken> some) {
        List<JobEvent> events =
                some.stream().flatMap(taken -> taken.event.stream()).toList();
        try {
            projector.project(events);
            return true;
        } catch (RuntimeException e) {
            LOG.debugf(e, "Events are projected one by one");
            return false;
        }
    }

    /** An event that can never be projected must not keep those behind it waiting for ever. */
    private void project(ConsumerRecord<String, String> record, JobEvent event) {
        try {
            projector.project(event);
        } catch (RuntimeException e) {
            if (isPassing(e)) {
                throw e;
            }
            LOG.errorf(
                    e,
                    "An event cannot be projected and is passed over job=%s attempt=%d partition=%d offset=%d",
                    event.job(),
                    event.attempt(),
                    record.partition(),
                    record.offset());
        }
    }

    /** Whether the same event may go through later: database or object store is away, not at odds with its values. */
    private static boolean isPassing(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return !sql.getSQLState().startsWith(BAD_VALUE);
            }
        }
        return failure instanceof JdbiException || failure instanceof UncheckedIOException;
    }

    private Optional<JobEvent> read(ConsumerRecord<String, String> record) {
        try {
            return Optional.ofNullable(json.readValue(record.value(), JobEvent.class)); // the text null is no event
        } catch (JsonProcessingException | Refused | IllegalArgumentException e) {
            LOG.warnf(
                    "A record is no event and is passed over topic=%s partition=%d offset=%d reason=%s",
                    record.topic(), record.partition(), record.offset(), e.getMessage());
            return Optional.empty();
        }
    }
}
