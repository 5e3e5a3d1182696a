package org.moraine.cli;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.stack.Checkout;
import org.moraine.stack.Part;
import org.moraine.stack.StackSettings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a stack keeps its data and on which ports of 127.0.0.1 it listens. */
final class StackOptions {

    @Mixin
    private final DataOption data = new DataOption();

    @Option(
            names = "--jobs-port",
            paramLabel = "PORT",
            defaultValue = "7080",
            description = "job-api's port, 0 for any free one. Default: ${DEFAULT-VALUE}.")
    private int jobsPort;

    @Option(
            names = "--registry-port",
            paramLabel = "PORT",
            defaultValue = "7081",
            description = "registry-service's port. Default: ${DEFAULT-VALUE}.")
    private int registryPort;

    @Option(
            names = "--worker-port",
            paramLabel = "PORT",
            defaultValue = "7082",
            description = "trainer-worker's port, for health and metrics. Default: ${DEFAULT-VALUE}.")
    private int workerPort;

    @Option(
            names = "--kafka-port",
            paramLabel = "PORT",
            defaultValue = "7092",
            description = "Kafka's port. Default: ${DEFAULT-VALUE}.")
    private int kafkaPort;

    @Option(
            names = "--postgres-port",
            paramLabel = "PORT",
            defaultValue = "7432",
            description = "PostgreSQL's port. Default: ${DEFAULT-VALUE}.")
    private int postgresPort;

    @Option(
            names = "--s3-port",
            paramLabel = "PORT",
            defaultValue = "7090",
            description = "The object store's port. Default: ${DEFAULT-VALUE}.")
    private int s3Port;

    @Option(names = "--free-ports", description = "Any free port for every part; `status` says which.")
    private boolean freePorts;

    StackSettings settings() {
        if (freePorts) return StackSettings.onFreePorts(data.folder(), Map.of());
        Map<Part, Integer> ports = new EnumMap<>(Part.class);
        ports.put(Part.JOB_API, jobsPort);
        ports.put(Part.REGISTRY, registryPort);
        ports.put(Part.WORKER, workerPort);
        ports.put(Part.KAFKA, kafkaPort);
        ports.put(Part.POSTGRESQL, postgresPort);
        ports.put(Part.OBJECT_STORE, s3Port);
        return new StackSettings(data.folder(), ports, Map.of());
    }

    /** {@code --data}, as every command about a stack takes it. */
    static final class DataOption {

        @Option(
                names = "--data",
                paramLabel = "DIR",
                description = "The folder in which the stack keeps everything between runs."
                        + " Default: .moraine beside the script.")
        private @Nullable Path folder;

        Path folder() {
            return (folder == null ? Checkout.root().resolve(".moraine") : folder)
                    .toAbsolutePath()
                    .normalize();
        }
    }
}
