package org.moraine.worker.report;

import io.smallrye.config.ConfigMapping;

/** Where Kafka is. */
@ConfigMapping(prefix = "kafka.bootstrap")
public interface KafkaConfig {

    /** Brokers to ask first, {@code host:port} with commas between. */
    String servers();
}
