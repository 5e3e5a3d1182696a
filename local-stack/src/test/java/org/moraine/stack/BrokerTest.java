package org.moraine.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerTest {

    private static final String TOPIC = "moraine.jobs";

    @TempDir
    Path folder;

    @Test
    void aRecordOutlivesAKilledBrokerAndReachesAShareGroup() throws Exception {
        Broker killed = Broker.start(folder, 0);
        send(killed, "job-1");
        ProcessHandle.of(killed.process().pid()).orElseThrow().destroyForcibly();
        killed.close();

        try (Broker broker = Broker.start(folder, killed.port())) {
            assertThat(take(broker)).isEqualTo("job-1");
        }
    }

    @Test
    void aTakenPortIsNamedWithThePartAndTheWayToChooseAnother() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> Broker.start(folder, taken.getLocalPort()))
                    .isInstanceOf(StackException.class)
                    .hasMessageContainingAll("Kafka", Integer.toString(taken.getLocalPort()), "--kafka-port PORT");
        }
    }

    private static void send(Broker broker, String job) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
        }
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "acks", "all"),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, job, job)).get();
        }
    }

    private static String take(Broker broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "workers");
            AlterConfigOp fromTheStart =
                    new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(group, List.of(fromTheStart)))
                    .all()
                    .get();
        }
        try (KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "group.id", "workers"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            return Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> first(consumer), taken -> !taken.isEmpty());
        }
    }

    private static String first(KafkaShareConsumer<String, String> consumer) {
        for (ConsumerRecord<String, String> taken : consumer.poll(Duration.ofSeconds(1))) return taken.value();
        return "";
    }
}
