package org.moraine.worker.take;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.moraine.contracts.Dispatch;
import org.moraine.worker.report.KafkaConfig;
import org.moraine.worker.report.Topics;

/** {@code moraine.jobs} as the workers read it: one partition, one share group (KIP-932), one record at a time. */
final class WorkQueue {

    private static final Duration BROKER_WITHIN = Duration.ofSeconds(10);

    private WorkQueue() {}

    /**
     * Joins the group. The consumer stays a member for as long as its process lives, however long it does not poll:
     * the client's own thread keeps it, and a member that does not poll holds no record.
     */
    static KafkaShareConsumer<String, byte[]> join(KafkaConfig kafka) {
        try (Admin admin = Topics.admin(kafka, BROKER_WITHIN)) {
            Topics.require(admin, Dispatch.TOPIC, 1);
            readFromTheStart(admin);
        }
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.servers(),
                ConsumerConfig.GROUP_ID_CONFIG,
                Dispatch.GROUP,
                ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG,
                "explicit",
                ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG,
                "record_limit",
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                1,
                ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG,
                Integer.MAX_VALUE);
        KafkaShareConsumer<String, byte[]> consumer =
                new KafkaShareConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(Dispatch.TOPIC));
        return consumer;
    }

    /** A group begins at the end of its topic unless told otherwise, and would miss what was dispatched before it. */
    private static void readFromTheStart(Admin admin) {
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, Dispatch.GROUP);
        ConfigEntry earliest = new ConfigEntry("share.auto.offset.reset", "earliest");
        Topics.await(admin.incrementalAlterConfigs(
                        Map.of(group, List.of(new AlterConfigOp(earliest, AlterConfigOp.OpType.SET))))
                .all());
    }
}
