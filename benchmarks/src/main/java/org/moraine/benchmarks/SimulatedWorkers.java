package org.moraine.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.WorkerKind;

/**
 * Workers that do everything but train: they say that they are there, take dispatches from the share group, claim leases,
 * renew them, send events and end. They share few consumers and one producer, so that what they take of the machine
 * themselves is little.
 */
final class SimulatedWorkers implements AutoCloseable {

    /** What each of them says it has; enough for every job of the benchmark. */
    private static final WorkerKind KIND = new WorkerKind(WorkerKind.Device.CPU, 16L << 30, true);

    private static final String PRESENCE = """
            {"busy": %s, "kind": {"device": "cpu", "memory": %d, "bf16": true}, "operations_per_second": 1e12}""";

    private static final int CONSUMERS = 4;
    private static final int STEPS = 2;

    private final ObjectMapper json = new ObjectMapper();
    private final ServiceProcess jobApi;
    private final String key;
    private final KafkaProducer<String, String> producer;
    private final BlockingQueue<String> idle = new LinkedBlockingQueue<>();
    private final List<String> names = new ArrayList<>();
    private final ExecutorService threads;
    private final List<Future<?>> duties = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean closed;

    private SimulatedWorkers(ServiceProcess jobApi, String key, String kafka, int workers) {
        this.jobApi = jobApi;
        this.key = key;
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        kafka,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.LINGER_MS_CONFIG,
                        0),
                new StringSerializer(),
                new StringSerializer());
        this.threads = Executors.newFixedThreadPool(workers + CONSUMERS + 1);
        for (int i = 0; i < workers; i++) {
            names.add("simulated-" + i);
        }
    }

    static SimulatedWorkers start(ServiceProcess jobApi, String key, String kafka, int workers) throws Exception {
        SimulatedWorkers all = new SimulatedWorkers(jobApi, key, kafka, workers);
        for (String name : all.names) {
            all.say(name, false);
            all.idle.add(name);
        }
        all.duties.add(all.threads.submit(all.guarded(all::saySeldom)));
        for (int i = 0; i < CONSUMERS; i++) {
            all.duties.add(all.threads.submit(all.guarded(() -> all.take(kafka))));
        }
        return all;
    }

    /** Throws what went wrong at one of them. */
    void check() {
        if (failure.get() != null) {
            throw new IllegalStateException("A simulated worker failed", failure.get());
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private Runnable guarded(Work work) {
        return () -> {
            try {
                work.run();
            } catch (Exception | Error e) {
                failure.compareAndSet(null, e);
            }
        };
    }

    private void say(String name, boolean busy) throws Exception {
        jobApi.require("PUT", "/internal/workers/" + name, key, PRESENCE.formatted(busy, KIND.memory()));
    }

    /** As the real ones, each says every five seconds that it is there. */
    private void saySeldom() throws Exception {
        while (!closed) {
            for (String name : names) {
                TimeUnit.NANOSECONDS.sleep(TimeUnit.SECONDS.toNanos(5) / names.size());
                say(name, !idle.contains(name));
            }
        }
    }

    private void take(String kafka) throws Exception {
        Properties settings = new Properties();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka);
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, Dispatch.GROUP);
        settings.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
        settings.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, names.size() / CONSUMERS);
        try (KafkaShareConsumer<String, String> consumer =
                new KafkaShareConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(Dispatch.topic(KIND.word())));
            while (!closed) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    take(record);
                    consumer.acknowledge(record, AcknowledgeType.ACCEPT);
                }
                Map<?, Optional<org.apache.kafka.common.KafkaException>> answers =
                        consumer.commitSync(Duration.ofSeconds(10));
                answers.values().stream().flatMap(Optional::stream).findFirst().ifPresent(failure -> {
                    throw failure;
                });
            }
        }
    }

    /** Claims the attempt; what is refused is stale, and dropped. */
    private void take(ConsumerRecord<String, String> record) throws Exception {
        JsonNode dispatch = json.readTree(record.value());
        String name = idle.take();
        HttpResponse<byte[]> lease = jobApi.send("POST", "/internal/leases", key, """
                {"job": "%s", "attempt": %d, "worker": "%s"}""".formatted(
                        dispatch.get("job").asText(), dispatch.get("attempt").asInt(), name));
        if (lease.statusCode() != 200) {
            idle.add(name);
            return;
        }
        JsonNode held = json.readTree(lease.body());
        threads.execute(guarded(() -> run(held, name)));
    }

    private void run(JsonNode lease, String name) throws Exception {
        String job = lease.get("job").asText();
        int attempt = lease.get("attempt").asInt();
        int sequence = 0;
        send(job, attempt, sequence++, """
                {"kind": "started", "worker": "%s", "total_steps": %d, "examples": 40, "after_step": 0, "chosen": null}""".formatted(name, STEPS));
        for (int step = 1; step <= STEPS; step++) {
            send(job, attempt, sequence++, """
                    {"kind": "stepped", "step": %d, "total_steps": %d, "loss": %.9f, "accuracy": 0.5,
                     "learning_rate": 0.0003, "trained_tokens": %d, "tokens_per_second": 700.0, "seconds_left": 1.0}""".formatted(
                            step, STEPS, 4 * ThreadLocalRandom.current().nextDouble(), step * 500));
        }
        jobApi.require("PUT", "/internal/leases/" + job + "/" + attempt, key, null);
        JsonNode adapter = lease.get("spec").get("adapter");
        send(job, attempt, sequence, """
                {"kind": "published", "adapter": %s, "version": 1, "commit": "%s", "trained_tokens": 1000}""".formatted(adapter, "c".repeat(40)));
        idle.add(name);
        say(name, false);
    }

    /** Waits until the broker has it. */
    private void send(String job, int attempt, int sequence, String body) throws Exception {
        producer.send(new ProducerRecord<>(
                        JobEvent.TOPIC, job, """
                        {"job": "%s", "attempt": %d, "sequence": %d, "at": "%s", "body": %s}""".formatted(job, attempt, sequence, Instant.now(), body)))
                .get();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        closed = true;
        for (Future<?> duty : duties) {
            try {
                duty.get(30, TimeUnit.SECONDS);
            } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
                throw new IOException("A simulated worker does not end", e);
            }
        }
        threads.shutdown();
        threads.awaitTermination(30, TimeUnit.SECONDS);
        producer.close(Duration.ofSeconds(5));
    }
}
