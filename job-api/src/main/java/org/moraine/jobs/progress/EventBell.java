package org.moraine.jobs.progress;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;
import org.moraine.jobs.JobEvents;
import org.moraine.jobs.Loop;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Hears of new events, whichever instance of the service wrote them: one connection listens to the database for all
 * streams. Where it broke, everybody who waits is woken when it is back, since a ring may have been missed.
 */
@Singleton
class EventBell {

    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final DataSource database;
    private final Map<String, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();
    private @Nullable Loop loop;

    EventBell(DataSource database) {
        this.database = database;
    }

    void start(@Observes StartupEvent event) {
        loop = Loop.start("event-bell", Duration.ofMillis(100), this::listen);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
    }

    /**
     * Is done at the next new event of a job; the caller looks for events after it has asked for this, and rings where it
     * finds that the job has ended.
     */
    CompletableFuture<Void> next(JobId job) {
        return waiting.computeIfAbsent(job.value(), key -> new CompletableFuture<>());
    }

    private void listen() throws SQLException {
        try (Connection connection = database.getConnection()) {
            PGConnection postgres = connection.unwrap(PGConnection.class);
            try (Statement statement = connection.createStatement()) {
                statement.execute("LISTEN " + JobEvents.BELL);
            }
            waiting.keySet().forEach(this::ring);
            while (!Thread.currentThread().isInterrupted()) {
                for (PGNotification notification : postgres.getNotifications((int) PATIENCE.toMillis())) {
                    ring(notification.getParameter());
                }
            }
        }
    }

    /** Wakes whoever waits for a job's events. */
    void ring(JobId job) {
        ring(job.value());
    }

    private void ring(String job) {
        CompletableFuture<Void> next = waiting.remove(job);
        if (next != null) {
            next.completeAsync(() -> null);
        }
    }
}
