package org.moraine.stack;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The stack that some program runs on a data folder, seen from another program: what that one wrote down when it
 * began. A stack that was killed leaves the record, so the lock tells whether the program behind it lives.
 *
 * @param owner the process that started the stack and stops it
 */
public record RunningStack(Path data, long owner, Map<Part, Integer> ports) {

    private static final String RECORD = "stack.properties";

    /** How a part does. */
    public enum Health {
        UP,
        /** It answers, and says that it or something that it needs does not work. */
        UNREADY,
        DOWN
    }

    public static Optional<RunningStack> in(Path data) {
        Path record = data.resolve(RECORD);
        if (!Files.exists(record)) return Optional.empty();
        try (Reader reader = Files.newBufferedReader(record)) {
            Properties properties = new Properties();
            properties.load(reader);
            Map<Part, Integer> ports = new EnumMap<>(Part.class);
            for (Part part : Part.values()) {
                ports.put(part, Integer.parseInt(properties.getProperty(part.word(), "0")));
            }
            long owner = Long.parseLong(properties.getProperty("owner", "0"));
            // The lock tells whether the owner lives: its number may belong to another process by now.
            Optional<FolderLock> unused = FolderLock.tryTake(data);
            unused.ifPresent(FolderLock::close);
            return unused.isPresent() ? Optional.empty() : Optional.of(new RunningStack(data, owner, ports));
        } catch (IOException | NumberFormatException e) {
            throw new StackException(record + " cannot be read: " + e.getMessage(), e);
        }
    }

    public String jobsUrl() {
        return "http://127.0.0.1:" + port(Part.JOB_API);
    }

    public String registryUrl() {
        return "http://127.0.0.1:" + port(Part.REGISTRY);
    }

    public String apiKey() {
        return Services.apiKey(new Secrets(data));
    }

    /** {@code MORAINE_S3_ENDPOINT}, its keys and its region, for a program that reads the object store itself. */
    public Map<String, String> storeEnvironment() {
        return ObjectStore.environment(data.resolve(Part.OBJECT_STORE.word()), port(Part.OBJECT_STORE));
    }

    public int port(Part part) {
        return ports.getOrDefault(part, part.usualPort());
    }

    public Health health(Part part) {
        int port = port(part);
        if (!LoopbackPort.answers(port)) return Health.DOWN;
        return !part.isService() || Services.ready(port) ? Health.UP : Health.UNREADY;
    }

    /** Asks the owner to stop the stack and waits for it. False when it had not ended in time. */
    public boolean stop(Duration atMost) {
        Optional<ProcessHandle> process = ProcessHandle.of(owner);
        if (process.isEmpty()) return true;
        process.get().destroy();
        try {
            process.get().onExit().get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new StackException("The end of process " + owner + " could not be waited for.", e);
        }
    }

    /** Writes the record, which only its owner may read. */
    static void remember(LocalStack stack) {
        Path data = stack.settings().data();
        Properties properties = new Properties();
        properties.setProperty("owner", Long.toString(ProcessHandle.current().pid()));
        for (Part part : Part.values()) properties.setProperty(part.word(), Integer.toString(stack.port(part)));
        try {
            StringWriter text = new StringWriter();
            properties.store(text, null);
            Secrets.write(data.resolve(RECORD), text.toString());
        } catch (IOException e) {
            throw new StackException("The stack could not be written down in " + data + ": " + e.getMessage(), e);
        }
    }

    /** Writes {@code moraine.env} for people's shells, which only its owner may read. */
    static void tell(LocalStack stack) {
        Path data = stack.settings().data();
        try {
            Secrets.write(
                    data.resolve("moraine.env"),
                    "MORAINE_JOBS_URL=" + stack.jobsUrl() + "\nMORAINE_REGISTRY_URL=" + stack.registryUrl()
                            + "\nMORAINE_API_KEY=" + stack.apiKey());
        } catch (IOException e) {
            throw new StackException("The stack could not be written down in " + data + ": " + e.getMessage(), e);
        }
    }

    static void forget(Path data) {
        try {
            Files.deleteIfExists(data.resolve(RECORD));
        } catch (IOException e) {
            throw new StackException("The stack's record in " + data + " could not be deleted: " + e.getMessage(), e);
        }
    }
}
