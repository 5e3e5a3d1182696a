package org.moraine.jobs.outbox;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.jobs.Loop;

/**
 * Makes the topics where they are absent, and lets the workers' share group begin at a topic's first record. Tries
 * until Kafka answers; the service is ready from then on, while Kafka answers.
 */
@Singleton
@Readiness
public class Topics implements HealthCheck {

    private static final Logger LOG = Logger.getLogger(Topics.class);
    private static final int ANSWER_SECONDS = 5;

    private final KafkaConfig config;
    private @Nullable Admin admin;
    private @Nullable Loop loop;
    private volatile boolean made;

    Topics(KafkaConfig config) {
        this.config = config;
    }

    void start(@Observes StartupEvent event) {
        admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers(),
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000));
        loop = Loop.start("topics", Duration.ofMillis(500), this::make);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
        if (admin != null) {
            admin.close(Duration.ofSeconds(2));
        }
    }

    private void make() throws ExecutionException, InterruptedException, TimeoutException {
        Admin open = admin;
        if (made || open == null) {
            return;
        }
        Map<String, KafkaFuture<Void>> answers = open.createTopics(List.of(
                        topic(Dispatch.TOPIC, 1), // or a busy worker would keep a partition from the others
                        topic(JobEvent.TOPIC, config.eventPartitions()),
                        topic(JobCommand.TOPIC, 1)))
                .values();
        for (KafkaFuture<Void> answer : answers.values()) {
            try {
                answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
        open.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.GROUP, Dispatch.GROUP),
                        List.of(new AlterConfigOp(
                                new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET))))
                .all()
                .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        made = true;
        LOG.infof("Topics are there kafka=%s", config.bootstrapServers());
    }

    private static NewTopic topic(String name, int partitions) {
        return new NewTopic(name, Optional.of(partitions), Optional.empty());
    }

    @Override
    public HealthCheckResponse call() {
        try {
            Admin open = admin;
            if (open == null || !made) {
                return down("the topics are not made yet");
            }
            open.describeCluster().clusterId().get(ANSWER_SECONDS, TimeUnit.SECONDS);
            return HealthCheckResponse.up("Kafka");
        } catch (ExecutionException | TimeoutException e) {
            return down(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return down("interrupted");
        }
    }

    private static HealthCheckResponse down(String reason) {
        return HealthCheckResponse.named("Kafka")
                .down()
                .withData("reason", reason)
                .build();
    }
}
