package org.moraine.stack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An S3 server in a process of its own, S3Proxy over a folder. It checks credentials, and does conditional puts, ranges,
 * multipart uploads and signed links; it knows no versioning, tags or object locks.
 */
public final class ObjectStore implements Running {

    private static final Duration START = Duration.ofSeconds(60);

    private final FolderLock lock;
    private final Secrets secrets;
    private final int port;
    private final Child server;

    private ObjectStore(FolderLock lock, Secrets secrets, int port, Child server) {
        this.lock = lock;
        this.secrets = secrets;
        this.port = port;
        this.server = server;
    }

    /**
     * Starts the server.
     *
     * @param port to listen on, at 127.0.0.1; 0 for a free one
     * @throws StackException when the folder is in use, the port is taken or the server does not come up; nothing runs then
     */
    public static ObjectStore start(Path dataFolder, int port) {
        return start(dataFolder, port, dataFolder.resolve("s3proxy.log"));
    }

    static ObjectStore start(Path dataFolder, int port, Path log) {
        return FolderLock.start(Part.OBJECT_STORE, dataFolder, log, (lock, folder) -> {
            int free = LoopbackPort.claim(Part.OBJECT_STORE, port);
            Secrets secrets = new Secrets(folder);
            Path settings = folder.resolve("s3proxy.properties");
            Secrets.write(settings, settings(Files.createDirectories(folder.resolve("data")), free, secrets));
            Child server =
                    Child.start(Part.OBJECT_STORE, Child.Ending.TERM_THEN_KILL, command(settings), Map.of(), log);
            server.awaitReady(START, () -> LoopbackPort.answers(free));
            return new ObjectStore(lock, secrets, free, server);
        });
    }

    public int port() {
        return port;
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    public String accessKey() {
        return secrets.get("access-key");
    }

    public String secretKey() {
        return secrets.get("secret-key");
    }

    /** How programs are told of the store that keeps its data in a folder and listens on a port. */
    static Map<String, String> environment(Path dataFolder, int port) {
        Secrets secrets = new Secrets(dataFolder);
        return Map.of(
                "MORAINE_S3_ENDPOINT",
                "http://127.0.0.1:" + port,
                "MORAINE_S3_ACCESS_KEY",
                secrets.get("access-key"),
                "MORAINE_S3_SECRET_KEY",
                secrets.get("secret-key"),
                "MORAINE_S3_REGION",
                "us-east-1");
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

    private static List<String> command(Path settings) {
        List<String> command = new ArrayList<>(Checkout.java());
        command.addAll(List.of(
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=" + Checkout.root().resolve("local-stack/s3proxy/logback.xml"),
                "-cp",
                Checkout.classPath("s3proxy"),
                "org.gaul.s3proxy.Main",
                "--properties",
                settings.toString()));
        return command;
    }

    private static String settings(Path data, int port, Secrets secrets) {
        return """
                s3proxy.endpoint=http://127.0.0.1:%d
                s3proxy.authorization=aws-v2-or-v4
                s3proxy.identity=%s
                s3proxy.credential=%s
                jclouds.provider=filesystem-nio2
                jclouds.identity=unused
                jclouds.credential=unused
                jclouds.filesystem.basedir=%s""".formatted(port, secrets.get("access-key"), secrets.get("secret-key"), data);
    }
}
