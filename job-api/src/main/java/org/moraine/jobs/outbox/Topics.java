package org.moraine.jobs.outbox;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
import org.moraine.contracts.WorkerKind;
import org.moraine.jobs.Loop;

/**
 * Makes the topics where they are absent, and lets the workers' share group begin at a topic's first record. Tries
 * until Kafka answers.
 */
@Singleton
public class Topics {

    private static final Logger LOG = Logger.getLogger(Topics.class);
    private static final int ANSWER_SECONDS = 5;

    private final KafkaConfig config;
    private @Nullable Admin admin;
    private @Nullable Loop loop;
    private volatile boolean made;
    private final Set<WorkerKind> kinds = ConcurrentHashMap.newKeySet();

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
        make(open, List.of(topic(JobEvent.TOPIC, config.eventPartitions()), topic(JobCommand.TOPIC, 1)));
        open.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.GROUP, Dispatch.GROUP),
                        List.of(new AlterConfigOp(
                                new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET))))
                .all()
                .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        made = true;
        LOG.infof("Topics are there kafka=%s", config.bootstrapServers());
    }

    private static void make(Admin open, List<NewTopic> topics)
            throws ExecutionException, InterruptedException, TimeoutException {
        for (KafkaFuture<Void> answer : open.createTopics(topics).values().values()) {
            try {
                answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }

    /**
     * Has the topic that workers of a kind take their dispatches from be there.
     *
     * @throws UncheckedIOException where Kafka is away
     */
    public void require(WorkerKind kind) {
        Admin open = admin;
        if (kinds.contains(kind)) {
            return;
        }
        try {
            if (open == null || !made) {
                throw new IOException("The topics are not made yet");
            }
            make(open, List.of(topic(Dispatch.topic(kind.word()), 1))); // or a busy worker would keep a partition
            kinds.add(kind);
            LOG.infof("The topic of a kind of workers is there kind=%s", kind.word());
        } catch (ExecutionException | TimeoutException | IOException e) {
            throw new UncheckedIOException(new IOException("Kafka is away", e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException());
        }
    }

    private static NewTopic topic(String name, int partitions) {
        return new NewTopic(name, Optional.of(partitions), Optional.empty());
    }

    /** Throws what Kafka fails with, or that the topics are not made yet. */
    private void check() throws ExecutionException, InterruptedException, TimeoutException, IOException {
        Admin open = admin;
        if (open == null || !made) {
            throw new IOException("the topics are not made yet");
        }
        String unused = open.describeCluster().clusterId().get(ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    /** Ready while Kafka answers and the topics are there. */
    @Readiness
    @Singleton
    static class Health implements HealthCheck {

        private final Topics topics;

        Health(Topics topics) {
            this.topics = topics;
        }

        @Override
        public HealthCheckResponse call() {
            try {
                topics.check();
                return HealthCheckResponse.up("Kafka");
            } catch (ExecutionException | TimeoutException | IOException e) {
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
}
