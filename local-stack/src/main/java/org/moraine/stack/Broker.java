package org.moraine.stack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka broker in a process of its own: one node in KRaft mode, its data kept in one folder. Share groups work
 * on it, and after a kill it is back in seconds, since its own session with the controller is short.
 */
public final class Broker implements Running {

    private static final Duration START = Duration.ofSeconds(90);
    private static final String STARTED = "Kafka Server started";

    private final FolderLock lock;
    private final int port;
    private final Child server;

    private Broker(FolderLock lock, int port, Child server) {
        this.lock = lock;
        this.port = port;
        this.server = server;
    }

    /**
     * Starts the broker, formatting its storage first when the folder is new.
     *
     * @param port to listen on, at 127.0.0.1; 0 for a free one
     * @throws StackException when the folder is in use, the port is taken or the broker does not come up; nothing runs then
     */
    public static Broker start(Path dataFolder, int port) {
        return start(dataFolder, port, null, dataFolder.resolve("kafka.log"));
    }

    /**
     * As {@link #start(Path, int)}.
     *
     * @param advertised where clients are told to come, null for where the broker listens
     */
    static Broker start(Path dataFolder, int port, @Nullable String advertised, Path log) {
        return FolderLock.start(Part.KAFKA, dataFolder, log, (lock, folder) -> {
            int free = LoopbackPort.claim(Part.KAFKA, port);
            Path settings = folder.resolve("server.properties");
            Files.writeString(settings, settings(folder, free, advertised));
            if (!Files.exists(folder.resolve("data/meta.properties"))) format(settings, log);
            Child server = Child.start(
                    Part.KAFKA, Child.Ending.TERM_THEN_KILL, java("kafka.Kafka", settings.toString()), Map.of(), log);
            server.awaitReady(START, () -> has(log, STARTED));
            return new Broker(lock, free, server);
        });
    }

    public int port() {
        return port;
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    @Override
    public Child process() {
        return server;
    }

    @Override
    public void close() {
        server.close();
        lock.close();
    }

    private static void format(Path settings, Path log) {
        Child format = Child.start(
                Part.KAFKA,
                Child.Ending.TERM_THEN_KILL,
                java("kafka.tools.StorageTool", "format", "-t", clusterId(), "-c", settings.toString()),
                Map.of(),
                log);
        format.awaitEnd(START);
    }

    private static List<String> java(String main, String... arguments) {
        List<String> command = new ArrayList<>(Checkout.java());
        command.addAll(List.of(
                "-Xmx256m",
                "-Xms64m",
                "-XX:TieredStopAtLevel=1",
                "-Dlog4j2.configurationFile=" + Checkout.root().resolve("local-stack/kafka/log4j2.properties"),
                "-cp",
                Checkout.classPath("kafka"),
                main));
        command.addAll(List.of(arguments));
        return command;
    }

    private static String settings(Path folder, int port, @Nullable String advertised) {
        String listen = "BROKER://127.0.0.1:" + port;
        int controller = LoopbackPort.free();
        Map<String, String> settings = new TreeMap<>(Map.of(
                "process.roles", "broker,controller",
                "node.id", "1",
                "controller.quorum.voters", "1@127.0.0.1:" + controller,
                "listeners", listen + ",CONTROLLER://127.0.0.1:" + controller,
                "advertised.listeners", advertised == null ? listen : "BROKER://" + advertised,
                "inter.broker.listener.name", "BROKER",
                "controller.listener.names", "CONTROLLER",
                "listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "log.dirs", folder.resolve("data").toString()));
        // One node holds one copy of everything, Kafka's own topics included.
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            settings.put(topic + ".replication.factor", "1");
        }
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("default.replication.factor", "1");
        settings.put("min.insync.replicas", "1");
        settings.put("offsets.topic.num.partitions", "4");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("share.coordinator.state.topic.num.partitions", "4");
        // A broker that was killed is let back in when its old session has run out.
        settings.put("broker.session.timeout.ms", "2000");
        settings.put("broker.heartbeat.interval.ms", "500");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("log.cleaner.dedupe.buffer.size", "4194304");
        StringBuilder text = new StringBuilder();
        settings.forEach(
                (name, value) -> text.append(name).append('=').append(value).append('\n'));
        return text.toString();
    }

    private static String clusterId() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        bytes[0] &= 0x3f; // so that the text never starts with '-', which the tool would take for an option
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static boolean has(Path log, String text) {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8).contains(text);
        } catch (IOException e) {
            return false;
        }
    }
}
