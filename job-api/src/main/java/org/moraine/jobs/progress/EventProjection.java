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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Loop;
import org.moraine.jobs.lease.EventDelay;
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

    /** Result files that are made at a time. */
    private static final int AT_ONCE = 4;

    private final Projector projector;
    private final ObjectMapper json;
    private final KafkaConfig config;
    private final EventDelay delay;
    private final ExecutorService atOnce = Executors.newFixedThreadPool(AT_ONCE);
    private @Nullable Consumer<String, String> consumer;
    private @Nullable Loop loop;

    EventProjection(Projector projector, ObjectMapper json, KafkaConfig config, EventDelay delay) {
        this.projector = projector;
        this.json = json;
        this.config = config;
        this.delay = delay;
    }

    void start(@Observes StartupEvent event) {
        loop = Loop.start("event-projection", Duration.ZERO, this::round);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
        atOnce.shutdownNow();
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

    /**
     * Projects what was read, each job's events in their order. Events of many jobs go together, in few transactions; those
     * with which a result file is made come after them, several at a time, so that nobody waits while they wait for the
     * object store. Where something fails all of it is read again, and what counted before does not count once more.
     */
    private void project(Consumer<String, String> open, ConsumerRecords<String, String> records) {
        said(records).min(Comparator.naturalOrder()).ifPresentOrElse(delay::reading, delay::none);
        List<Taken> left = new ArrayList<>();
        records.forEach(record -> read(record).ifPresent(event -> left.add(new Taken(record, event))));
        for (List<Taken> now = left; !now.isEmpty(); ) {
            now = projectFirst(now);
        }
        if (!records.isEmpty()) {
            open.commitSync();
            said(records).max(Comparator.naturalOrder()).ifPresent(delay::reading); // as late is what comes next
        }
    }

    private static Stream<Instant> said(ConsumerRecords<String, String> records) {
        return StreamSupport.stream(records.spliterator(), false)
                .map(record -> Instant.ofEpochMilli(record.timestamp()));
    }

    /** Projects each job's events up to the one with which its result file is made; gives those behind it. */
    private List<Taken> projectFirst(List<Taken> all) {
        List<Taken> some = new ArrayList<>();
        List<Taken> ended = new ArrayList<>();
        List<Taken> later = new ArrayList<>();
        Set<JobId> endedJobs = new HashSet<>();
        for (Taken taken : all) {
            if (endedJobs.contains(taken.event.job())) {
                later.add(taken);
            } else if (taken.event.body() instanceof JobEvent.Published) {
                ended.add(taken);
                endedJobs.add(taken.event.job());
            } else {
                some.add(taken);
            }
        }
        for (int from = 0; from < some.size(); from += TOGETHER) {
            projectTogether(some.subList(from, Math.min(some.size(), from + TOGETHER)));
        }
        projectAtOnce(ended);
        return later;
    }

    /** A record and its event. */
    private record Taken(ConsumerRecord<String, String> record, JobEvent event) {}

    /** In one transaction, or, where one of them cannot be projected, one by one to find out which. */
    private void projectTogether(List<Taken> some) {
        if (some.size() > 1) {
            try {
                projector.project(some.stream().map(Taken::event).toList());
                return;
            } catch (RuntimeException e) {
                LOG.debugf(e, "Events are projected one by one");
            }
        }
        some.forEach(this::project);
    }

    /** Events of different jobs, in a transaction each. */
    private void projectAtOnce(List<Taken> ended) {
        List<CompletableFuture<Void>> all = ended.stream()
                .map(taken -> CompletableFuture.runAsync(() -> project(taken), atOnce))
                .toList();
        try {
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    /** An event that can never be projected must not keep those behind it waiting for ever. */
    private void project(Taken taken) {
        try {
            projector.project(taken.event);
        } catch (RuntimeException e) {
            if (isPassing(e)) {
                throw e;
            }
            LOG.errorf(
                    e,
                    "An event cannot be projected and is passed over job=%s attempt=%d partition=%d offset=%d",
                    taken.event.job(),
                    taken.event.attempt(),
                    taken.record.partition(),
                    taken.record.offset());
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
