package org.moraine.jobs;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Lease;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.SavedCheckpoint;
import org.moraine.contracts.WorkerKind;
import org.moraine.contracts.WorkerPresence;

/** A worker as the service sees one: over HTTP and Kafka, without any training. */
public final class PlayedWorker implements AutoCloseable {

    private static final double OPERATIONS_PER_SECOND = 1e11;

    private final String name;
    private final WorkerKind kind;
    private final Client client;
    private final ObjectMapper json;
    private final KafkaConsumer<String, String> topics;
    private final KafkaProducer<String, String> producer;
    private final Deque<Dispatch> dispatches = new ArrayDeque<>();
    private final Deque<JobCommand> commands = new ArrayDeque<>();

    PlayedWorker(String name, WorkerKind kind, Client client, String kafka, ObjectMapper json) {
        this.name = name;
        this.kind = kind;
        this.client = client;
        this.json = json;
        this.topics = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka), new StringDeserializer(), new StringDeserializer());
        this.producer =
                new KafkaProducer<>(Map.of("bootstrap.servers", kafka), new StringSerializer(), new StringSerializer());
        says(true); // then its topic is there
        List<TopicPartition> all =
                List.of(new TopicPartition(Dispatch.topic(kind.word()), 0), new TopicPartition(JobCommand.TOPIC, 0));
        topics.assign(all);
        topics.seekToEnd(all);
        all.forEach(topics::position);
    }

    public PlayedWorker idle() {
        return says(false);
    }

    public PlayedWorker says(boolean busy) {
        require(
                client.put("/internal/workers/" + name, write(new WorkerPresence(busy, kind, OPERATIONS_PER_SECOND))),
                204);
        return this;
    }

    /** The next dispatch on the topic, waiting for it. */
    public Dispatch nextDispatch() {
        await().atMost(Duration.ofSeconds(20)).until(() -> read() && !dispatches.isEmpty());
        return dispatches.pop();
    }

    /** The next command on the topic, waiting for it. */
    public JobCommand nextCommand() {
        await().atMost(Duration.ofSeconds(20)).until(() -> read() && !commands.isEmpty());
        return commands.pop();
    }

    /** Every dispatch that came by now. */
    public List<Dispatch> dispatchesWithin(Duration time) {
        Instant end = Instant.now().plus(time);
        while (Instant.now().isBefore(end)) {
            read();
        }
        List<Dispatch> all = List.copyOf(dispatches);
        dispatches.clear();
        return all;
    }

    private boolean read() {
        for (ConsumerRecord<String, String> record : topics.poll(Duration.ofMillis(100))) {
            if (!record.topic().equals(JobCommand.TOPIC)) {
                dispatches.add(read(record.value(), Dispatch.class));
            } else {
                commands.add(read(record.value(), JobCommand.class));
            }
        }
        return true;
    }

    /** Says that it is idle and claims the next dispatch that is not stale, as a worker does. */
    public Lease take() {
        idle();
        Client.Answer answer = claim(nextDispatch());
        while (answer.status() == 409) {
            answer = claim(nextDispatch());
        }
        return lease(answer);
    }

    public Client.Answer claim(Dispatch dispatch) {
        return client.post(
                "/internal/leases", Map.of("job", dispatch.job(), "attempt", dispatch.attempt(), "worker", name));
    }

    public Client.Answer renew(Lease lease) {
        return client.put(path(lease));
    }

    public Client.Answer giveBack(Lease lease) {
        return client.delete(path(lease));
    }

    /** One of the job's files, {@code training-file} or {@code validation-file}. */
    public Client.Answer dataFile(Lease lease, String name) {
        return client.get("/internal/jobs/" + lease.job() + "/" + lease.attempt() + "/" + name);
    }

    /** Brings bytes as the file of a checkpoint, under a name that may be another's. */
    public Client.Answer brings(Lease lease, Digest named, byte[] bytes) {
        return client.put(checkpoints(lease) + "/blobs/" + named, bytes);
    }

    public Client.Answer fetches(Lease lease, Digest digest) {
        return client.get(checkpoints(lease) + "/blobs/" + digest);
    }

    public Client.Answer saves(Lease lease, SavedCheckpoint checkpoint) {
        return client.post(checkpoints(lease), write(checkpoint));
    }

    /** Leaves a checkpoint of one file after a step. */
    public SavedCheckpoint leaves(Lease lease, int step, String state) {
        byte[] bytes = state.getBytes(StandardCharsets.UTF_8);
        SavedCheckpoint checkpoint = checkpoint(step, state);
        require(brings(lease, Digest.of(bytes), bytes), 204);
        require(saves(lease, checkpoint), 204);
        return checkpoint;
    }

    public static SavedCheckpoint checkpoint(int step, String state) {
        byte[] bytes = state.getBytes(StandardCharsets.UTF_8);
        return new SavedCheckpoint(
                step,
                2.5 / step,
                3.5 / step,
                0.5,
                new Manifest(List.of(new Manifest.File("checkpoint.json", bytes.length, Digest.of(bytes)))));
    }

    /** What an attempt can go on from. */
    public List<SavedCheckpoint> checkpointsFor(Lease lease) {
        Client.Answer answer = client.get(checkpoints(lease));
        require(answer, 200);
        return List.of(read(answer.text(), SavedCheckpoint[].class));
    }

    private static String checkpoints(Lease lease) {
        return "/internal/checkpoints/" + lease.job() + "/" + lease.attempt();
    }

    /** Reads a lease from an answer that must be a good one. */
    public Lease lease(Client.Answer answer) {
        require(answer, 200);
        return read(answer.text(), Lease.class);
    }

    public void reports(Lease lease, long sequence, JobEvent.Body body) {
        reports(lease.job(), lease.attempt(), sequence, body);
    }

    public void reports(JobId job, int attempt, long sequence, JobEvent.Body body) {
        sends(job.value(), write(new JobEvent(job, attempt, sequence, Instant.now(), body)));
    }

    /** As it is read when it comes late. */
    public void saidEarlier(Lease lease, long sequence, JobEvent.Body body, Duration ago) {
        Instant said = Instant.now().minus(ago);
        sends(new ProducerRecord<>(
                JobEvent.TOPIC,
                null,
                said.toEpochMilli(),
                lease.job().value(),
                write(new JobEvent(lease.job(), lease.attempt(), sequence, said, body))));
    }

    private String write(Object value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Puts any text onto the topic of events. */
    public void sends(String key, String value) {
        sends(new ProducerRecord<>(JobEvent.TOPIC, key, value));
    }

    private void sends(ProducerRecord<String, String> record) {
        try {
            producer.send(record).get();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reports step after step, then a published version. */
    public void trainsAndPublishes(Lease lease, int steps, int version) {
        reports(lease, 0, new JobEvent.Started(name, steps, 3, 0, null));
        for (int step = 1; step <= steps; step++) {
            reports(lease, step, step(step, steps));
        }
        reports(lease, steps + 1, published(lease.spec().adapter(), version));
    }

    public static JobEvent.Stepped step(int step, int steps) {
        return new JobEvent.Stepped(step, steps, 2.5 / step, 0.5, 3e-4, 10L * step, 123.4, steps - step);
    }

    public static JobEvent.Published published(AdapterName adapter, int version) {
        return new JobEvent.Published(adapter, version, "0123456789abcdef0123456789abcdef01234567", 1234);
    }

    private static String path(Lease lease) {
        return "/internal/leases/" + lease.job() + "/" + lease.attempt();
    }

    private static void require(Client.Answer answer, int status) {
        if (answer.status() != status) {
            throw new AssertionError("answered " + answer.status() + ": " + answer.text());
        }
    }

    private <T> T read(String text, Class<T> type) {
        try {
            return json.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        topics.close();
        producer.close();
    }
}
