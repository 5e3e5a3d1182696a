package org.moraine.worker.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;
import org.moraine.contracts.JobCommand;
import org.moraine.worker.AttemptInHand;
import org.moraine.worker.Stop;

/**
 * Reads {@code moraine.job-commands} from its end and stops the attempt in hand where a command names it. Every worker
 * reads all commands, in no group. A command that passes while the broker is away is not lost: it comes with the
 * lease's next renewal.
 */
@Singleton
public class CommandListener {

    private static final Logger LOG = Logger.getLogger(CommandListener.class);
    private static final Duration UNTIL_MADE = Duration.ofSeconds(1);

    private final KafkaConfig kafka;
    private final AttemptInHand inHand;
    private final ObjectMapper json;
    private final KafkaLoop loop = new KafkaLoop("commands", this::listen);

    CommandListener(KafkaConfig kafka, AttemptInHand inHand, ObjectMapper json) {
        this.kafka = kafka;
        this.inHand = inHand;
        this.json = json;
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void end(@Observes ShutdownEvent event) throws InterruptedException {
        loop.end();
        loop.join();
    }

    public boolean isAlive() {
        return loop.isAlive();
    }

    private void listen(KafkaLoop loop) {
        Properties settings = new Properties();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.servers());
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(JobCommand.TOPIC).stream()
                    .map(p -> new TopicPartition(p.topic(), p.partition()))
                    .toList();
            if (partitions.isEmpty()) {
                loop.pause(UNTIL_MADE); // by job-api, which sets the topics up
                return;
            }
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            while (loop.goesOn()) {
                consumer.poll(KafkaLoop.POLL).forEach(this::obey);
            }
        }
    }

    private void obey(ConsumerRecord<String, byte[]> record) {
        try {
            JobCommand command = json.readValue(record.value(), JobCommand.class);
            inHand.stop(command.job(), command.attempt(), Stop.of(command.kind()));
        } catch (IOException | IllegalArgumentException e) {
            LOG.errorf("A command that cannot be read is left out, offset=%d: %s", record.offset(), e.getMessage());
        }
    }
}
