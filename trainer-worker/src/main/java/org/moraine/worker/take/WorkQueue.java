package org.moraine.worker.take;

import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.WorkerKind;
import org.moraine.worker.report.KafkaConfig;

/** The dispatches to workers of one kind as they read them: one share group (KIP-932), one record at a time. */
final class WorkQueue {

    private WorkQueue() {}

    /**
     * Joins the group. The consumer stays a member for as long as its process lives, however long it does not poll:
     * the client's own thread keeps it, and a member that does not poll holds no record. Topic and group are job-api's
     * to set up.
     */
    static KafkaShareConsumer<String, byte[]> join(KafkaConfig kafka, WorkerKind kind) {
        Properties settings = new Properties();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.servers());
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, Dispatch.GROUP);
        settings.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
        settings.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        settings.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, Integer.MAX_VALUE);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        KafkaShareConsumer<String, byte[]> consumer =
                new KafkaShareConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(Dispatch.topic(kind.word())));
        return consumer;
    }
}
