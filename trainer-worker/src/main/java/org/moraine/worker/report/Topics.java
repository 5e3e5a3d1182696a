package org.moraine.worker.report;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;

/** Topics, made with the broker's own replication where they are absent. */
public final class Topics {

    private static final int REQUEST_MS = 5_000;

    private Topics() {}

    /** Opens a client for the cluster's settings whose calls fail after {@code patience}. */
    public static Admin admin(KafkaConfig kafka, Duration patience) {
        int patienceMs = Math.toIntExact(patience.toMillis());
        return Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.servers(),
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                patienceMs,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                Math.min(REQUEST_MS, patienceMs)));
    }

    /**
     * Sees that a topic is there.
     *
     * @param partitions how many it gets where it is made now
     * @throws KafkaException where the broker is away
     */
    public static void require(Admin admin, String topic, int partitions) {
        try {
            await(admin.createTopics(List.of(new NewTopic(topic, Optional.of(partitions), Optional.empty())))
                    .all());
        } catch (TopicExistsException e) {
            // made before, which is as good
        }
    }

    /** Waits for an answer of the broker's; throws what it failed with. */
    public static <T> T await(KafkaFuture<T> answer) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KafkaException cause) {
                throw cause;
            }
            throw new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
