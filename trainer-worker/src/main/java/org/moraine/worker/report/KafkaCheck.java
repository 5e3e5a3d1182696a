package org.moraine.worker.report;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.jspecify.annotations.Nullable;

/** Ready while a broker answers. */
@Readiness
@Singleton
final class KafkaCheck implements HealthCheck {

    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);

    private final KafkaConfig kafka;
    private @Nullable Admin admin;

    KafkaCheck(KafkaConfig kafka) {
        this.kafka = kafka;
    }

    @Override
    public synchronized HealthCheckResponse call() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("kafka");
        try {
            if (admin == null) {
                admin = Topics.admin(kafka, ANSWER_WITHIN);
            }
            Topics.await(admin.describeCluster().clusterId());
            return answer.up().build();
        } catch (KafkaException e) {
            return answer.down().withData("reason", e.toString()).build();
        }
    }

    @PreDestroy
    synchronized void disconnect() {
        if (admin != null) {
            admin.close(Duration.ZERO);
        }
    }
}
