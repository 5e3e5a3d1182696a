package org.moraine.worker.report;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
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
                admin = connect();
            }
            String unused = admin.describeCluster().clusterId().get(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
            return answer.up().build();
        } catch (KafkaException | ExecutionException | TimeoutException e) {
            return answer.down().withData("reason", e.toString()).build();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return answer.down().withData("reason", "interrupted").build();
        }
    }

    private Admin connect() {
        int withinMs = Math.toIntExact(ANSWER_WITHIN.toMillis());
        Properties settings = new Properties();
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.servers());
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, withinMs);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, withinMs);
        return Admin.create(settings);
    }

    @PreDestroy
    synchronized void disconnect() {
        if (admin != null) {
            admin.close(Duration.ZERO);
        }
    }
}
