package org.moraine.jobs.outbox;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Where Kafka is, and how it is used. */
@ConfigMapping(prefix = "moraine.kafka")
public interface KafkaConfig {

    /** The brokers, {@code host:port} separated by commas; from {@code KAFKA_BOOTSTRAP_SERVERS}. */
    String bootstrapServers();

    /** Partitions of {@code moraine.job-events} when it is made; a job's events stay in one. */
    @WithDefault("6")
    int eventPartitions();

    /** How long the relay waits before it looks for new rows without being asked. */
    @WithDefault("PT0.5S")
    Duration relayEvery();
}
