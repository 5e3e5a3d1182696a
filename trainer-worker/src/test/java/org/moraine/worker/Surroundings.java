package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.NullUnmarked;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobId;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.WorkerKind;
import org.moraine.engine.model.Machine;
import org.moraine.stack.Broker;

/** All that is around a worker: a real broker, the other services, two small base models, a work folder. */
@NullUnmarked // its fields are set when it is started
public final class Surroundings implements QuarkusTestResourceLifecycleManager {

    /** The worker's, as it is told to be: less than the machine. */
    static final WorkerKind KIND =
            new WorkerKind(Machine.kind(1).device(), 1L << 30, Machine.kind(1).bf16());

    private static final String DISPATCHES = Dispatch.topic(KIND.word());

    private final ObjectMapper json = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();
    private final List<JobEvent> events = new ArrayList<>();
    private final Set<String> read = new HashSet<>();

    private Path folder;
    private Broker broker;
    private OtherServices others;
    private KafkaProducer<String, byte[]> producer;
    private KafkaConsumer<String, byte[]> consumer;

    /** Starts everything; answers the settings with which a worker finds it. */
    @Override
    public Map<String, String> start() {
        try {
            folder = Files.createTempDirectory("moraine-worker-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SmallModel.write(folder.resolve("models/small"));
        SmallModel.writeBroken(folder.resolve("models/broken"));
        String models = folder.resolve("models").toString();
        System.setProperty("moraine.models", models); // the build's own setting would come before ours
        others = new OtherServices(json);
        broker = Broker.start(folder.resolve("kafka"), 0);
        makeTopics();
        producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer());
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers(),
                        ConsumerConfig.GROUP_ID_CONFIG, "the-test",
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        consumer.subscribe(List.of(JobEvent.TOPIC));
        Map<String, String> settings = new HashMap<>(Map.of(
                "quarkus.http.test-port",
                "0",
                "moraine.checkpoint.every",
                "PT0.5S",
                "kafka.bootstrap.servers",
                broker.bootstrapServers(),
                "moraine.jobs.url",
                others.url().toString(),
                "moraine.registry.url",
                others.url().toString(),
                "moraine.worker.name",
                "worker-a",
                "moraine.worker.key",
                OtherServices.KEY,
                "moraine.worker.patience",
                "PT30S",
                "moraine.work.folder",
                workFolder().toString(),
                "moraine.models",
                models));
        settings.put("moraine.worker.gigaflops", "100");
        settings.put("moraine.worker.memory", "1G");
        settings.put("moraine.worker.image", "acme/worker:7");
        return settings;
    }

    /** As job-api does before it dispatches anything. */
    private void makeTopics() {
        try (Admin admin =
                Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()))) {
            admin.createTopics(Stream.of(DISPATCHES, JobEvent.TOPIC, JobCommand.TOPIC)
                            .map(topic -> new NewTopic(topic, Optional.of(1), Optional.empty()))
                            .toList())
                    .all()
                    .get();
            ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, Dispatch.GROUP);
            ConfigEntry earliest = new ConfigEntry("share.auto.offset.reset", "earliest");
            admin.incrementalAlterConfigs(Map.of(group, List.of(new AlterConfigOp(earliest, AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void inject(TestInjector testInjector) {
        testInjector.injectIntoFields(this, new TestInjector.MatchesType(Surroundings.class));
    }

    @Override
    public void stop() {
        producer.close(Duration.ZERO);
        consumer.close();
        broker.close();
        others.close();
        try (Stream<Path> below = Files.walk(folder)) {
            for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops the broker and starts it again on the data it had. */
    void restartBroker() {
        int port = broker.port();
        broker.close();
        broker = Broker.start(folder.resolve("kafka"), port);
    }

    OtherServices others() {
        return others;
    }

    Path workFolder() {
        return folder.resolve("work");
    }

    /** What lies in the work folder now. */
    List<Path> work() {
        try (Stream<Path> inside = Files.list(workFolder())) {
            return inside.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void dispatch(JobId job, int attempt) {
        send(DISPATCHES, job.value(), new Dispatch(job, attempt, Jobs.TEAM));
    }

    void command(JobId job, int attempt, JobCommand.Kind kind) {
        send(JobCommand.TOPIC, job.value(), new JobCommand(job, attempt, kind));
    }

    void sendNonsense() {
        send(DISPATCHES, "nobody", "nonsense");
    }

    private void send(String topic, String key, Object value) {
        try {
            producer.send(new ProducerRecord<>(topic, key, json.writeValueAsBytes(value)))
                    .get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The events of a job that the broker holds by now. */
    List<JobEvent> events(JobId job) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
            if (!read.add(record.partition() + " " + record.offset())) {
                continue; // after the broker's restart the group may begin again where it last committed
            }
            try {
                events.add(json.readValue(record.value(), JobEvent.class));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return events.stream().filter(event -> event.job().equals(job)).toList();
    }

    /** Their bodies of one kind. */
    <T extends JobEvent.Body> List<T> events(JobId job, Class<T> kind) {
        return events(job).stream()
                .map(JobEvent::body)
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    List<String> kinds(JobId job) {
        return events(job).stream()
                .map(event -> event.body().getClass().getSimpleName())
                .toList();
    }

    /** Waits for a job's last event, which is to be of one kind. */
    <T extends JobEvent.Body> T awaitLast(JobId job, Class<T> kind) {
        soon().until(() -> events(job).stream().anyMatch(event -> isLast(event.body())));
        List<T> found = events(job, kind);
        assertThat(found).as("%s", events(job)).hasSize(1);
        return found.get(0);
    }

    private static boolean isLast(JobEvent.Body body) {
        return body instanceof JobEvent.Published
                || body instanceof JobEvent.Failed
                || body instanceof JobEvent.Stopped;
    }

    void awaitTraining(JobId job) {
        soon().untilAsserted(() -> assertThat(kinds(job)).contains("Stepped"));
    }

    /** Waits for an event of one kind from an attempt. */
    <T extends JobEvent.Body> T awaitEvent(JobId job, int attempt, Class<T> kind) {
        return soon().until(
                        () -> events(job).stream()
                                .filter(event -> event.attempt() == attempt)
                                .map(JobEvent::body)
                                .filter(kind::isInstance)
                                .map(kind::cast)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    void awaitEmptyWorkFolder() {
        soon().untilAsserted(() -> assertThat(work()).isEmpty());
    }

    /** Has one more job trained, so that the worker is known to have ended the one before. */
    void trainAnotherJob() {
        JobSpec spec = Jobs.of(1);
        others.add(spec, Jobs.QUESTIONS);
        dispatch(spec.job(), 1);
        awaitLast(spec.job(), JobEvent.Published.class);
    }

    static ConditionFactory soon() {
        return await().pollInSameThread().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
    }
}
