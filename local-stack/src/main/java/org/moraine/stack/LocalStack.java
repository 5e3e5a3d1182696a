package org.moraine.stack;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything of Moraine on this machine: database, broker, object store and the three services, their data in one folder
 * that one stack at a time may use. It ends when it is closed, with the program that started it when that is interrupted,
 * and also when that is killed.
 *
 * <p>Safe for use by several threads.
 */
public final class LocalStack implements AutoCloseable {

    private final StackSettings settings;
    private final Listener listener;
    private final FolderLock lock;
    private final Secrets secrets;
    private final Map<Part, Integer> ports;
    private final long began = System.nanoTime();
    private final Thread hook = new Thread(this::close, "moraine-stop");

    /** In the order of {@link Part}. */
    private final Map<Part, Running> running = new EnumMap<>(Part.class);

    private volatile @Nullable Services services;
    private boolean closed;

    /** Hears what the stack does; called from several threads. */
    public interface Listener {

        /** A part is ready, so many seconds after the start. */
        default void started(Part part, double seconds) {}

        /** A part ended that nobody stopped; the reason carries its last log lines. It is not started again. */
        default void died(Part part, StackException reason) {}
    }

    private LocalStack(StackSettings settings, Listener listener, FolderLock lock) {
        this.settings = settings;
        this.listener = listener;
        this.lock = lock;
        this.secrets = new Secrets(settings.data());
        this.ports = LoopbackPort.claimAll(settings);
    }

    /** Starts everything and waits until it is ready. When that fails, nothing is left running. */
    public static LocalStack start(StackSettings settings, Listener listener) {
        FolderLock lock = FolderLock.tryTake(settings.data())
                .orElseThrow(() -> new StackException("A stack is already running on the data folder " + settings.data()
                        + ": `./moraine down --data " + settings.data() + "` stops it."));
        LocalStack stack;
        try {
            stack = new LocalStack(settings, listener, lock);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
        Runtime.getRuntime().addShutdownHook(stack.hook);
        try {
            stack.startAll();
            return stack;
        } catch (RuntimeException e) {
            stack.close();
            throw e;
        }
    }

    public String jobsUrl() {
        return url(Part.JOB_API);
    }

    public String registryUrl() {
        return url(Part.REGISTRY);
    }

    /** The team's key, for both. */
    public String apiKey() {
        return Services.apiKey(secrets);
    }

    /** {@code MORAINE_S3_ENDPOINT}, its keys and its region, for a program that reads the object store itself. */
    public Map<String, String> storeEnvironment() {
        return ObjectStore.environment(settings.folder(Part.OBJECT_STORE), port(Part.OBJECT_STORE));
    }

    public int port(Part part) {
        return ports.getOrDefault(part, part.usualPort());
    }

    public StackSettings settings() {
        return settings;
    }

    /** Ends a part as a crash would, and does not count that as a death to be reported. */
    public void kill(Part part) {
        Running killed;
        synchronized (this) {
            killed = running.remove(part);
        }
        if (killed != null) {
            killed.process().kill();
            killed.close();
        }
    }

    /** Starts a part that was killed or died, where it was, and waits until it is ready. */
    public void startAgain(Part part) {
        switch (part) {
            case POSTGRESQL -> add(part, database());
            case KAFKA -> add(part, broker());
            case OBJECT_STORE -> add(part, store());
            case JOB_API, REGISTRY, WORKER -> start(Objects.requireNonNull(services, "a stack that has begun"), part);
        }
    }

    /** Stops everything, in the reverse order of the start. Does nothing the second time. */
    @Override
    public void close() {
        List<Running> parts;
        synchronized (this) {
            if (closed) return;
            closed = true;
            parts = new ArrayList<>(running.values());
        }
        RunningStack.forget(settings.data());
        for (int i = parts.size() - 1; i >= 0; i--) {
            try {
                parts.get(i).close();
            } catch (RuntimeException e) {
                listener.died(parts.get(i).process().part(), new StackException("It did not stop as it should.", e));
            }
        }
        lock.close();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook itself is what runs.
        }
    }

    private void startAll() {
        RunningStack.remember(this);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            CompletableFuture<Database> database =
                    CompletableFuture.supplyAsync(() -> add(Part.POSTGRESQL, database()), threads);
            CompletableFuture<Broker> broker = CompletableFuture.supplyAsync(() -> add(Part.KAFKA, broker()), threads);
            CompletableFuture<ObjectStore> store =
                    CompletableFuture.supplyAsync(() -> add(Part.OBJECT_STORE, store()), threads);
            wait(CompletableFuture.allOf(database, broker, store));
            Services services = new Services(settings, ports, secrets, database.join(), broker.join(), store.join());
            wait(CompletableFuture.allOf(Stream.of(Part.values())
                    .filter(Part::isService)
                    .map(service -> CompletableFuture.runAsync(() -> start(services, service), threads))
                    .toArray(CompletableFuture<?>[]::new)));
            this.services = services;
        } finally {
            threads.shutdown();
        }
        RunningStack.tell(this);
    }

    private Database database() {
        return Database.start(settings.folder(Part.POSTGRESQL), port(Part.POSTGRESQL), settings.log(Part.POSTGRESQL));
    }

    private Broker broker() {
        // Clients go where a broker tells them to: that is where the services are told that it is.
        return Broker.start(
                settings.folder(Part.KAFKA),
                port(Part.KAFKA),
                settings.environment().get("KAFKA_BOOTSTRAP_SERVERS"),
                settings.log(Part.KAFKA));
    }

    private ObjectStore store() {
        return ObjectStore.start(
                settings.folder(Part.OBJECT_STORE), port(Part.OBJECT_STORE), settings.log(Part.OBJECT_STORE));
    }

    private void start(Services services, Part service) {
        Child child = services.start(service);
        keep(service, child);
        services.awaitReady(child);
        ready(service, child);
    }

    private <T extends Running> T add(Part part, T started) {
        keep(part, started);
        ready(part, started.process());
        return started;
    }

    private synchronized void keep(Part part, Running started) {
        if (closed) {
            started.close();
            throw new StackException("The stack was stopped while it started.");
        }
        running.put(part, started);
    }

    private void ready(Part part, Child child) {
        listener.started(part, (System.nanoTime() - began) / 1e9);
        child.onExit(() -> {
            if (isIn(part, child)) listener.died(part, child.ended());
        });
    }

    private synchronized boolean isIn(Part part, Child child) {
        Running now = running.get(part);
        return !closed && now != null && now.process() == child;
    }

    private String url(Part part) {
        return "http://127.0.0.1:" + port(part);
    }

    /** Waits for all, and throws what the first of them threw. */
    private static void wait(CompletableFuture<Void> all) {
        try {
            all.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof StackException reason) throw reason;
            throw e;
        }
    }
}
