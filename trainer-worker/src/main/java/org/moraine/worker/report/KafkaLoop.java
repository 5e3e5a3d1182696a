package org.moraine.worker.report;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** A thread that reads from Kafka until it is ended, and connects again after every failure. */
public final class KafkaLoop {

    /** How long one poll may last, and so how late the end of the loop is noticed. */
    public static final Duration POLL = Duration.ofMillis(500);

    private static final Logger LOG = Logger.getLogger(KafkaLoop.class);
    private static final Duration BEFORE_NEXT_CONNECTION = Duration.ofSeconds(2);

    private final CountDownLatch end = new CountDownLatch(1);
    private final Connection connection;
    private final Thread thread;

    /** Connects, reads while the loop goes on, and closes what it opened. */
    public interface Connection {
        void read(KafkaLoop loop);
    }

    public KafkaLoop(String name, Connection connection) {
        this.connection = connection;
        this.thread = new Thread(this::run, name);
    }

    public void start() {
        thread.start();
    }

    public boolean goesOn() {
        return end.getCount() > 0;
    }

    /** Asks the loop to end; {@link #join()} waits for it. */
    public void end() {
        end.countDown();
    }

    /** Waits until the loop has ended, however long its present record takes. */
    public void join() throws InterruptedException {
        thread.join();
    }

    /** Whether the thread is there; it never ends by itself. */
    public boolean isAlive() {
        return thread.isAlive();
    }

    /** Waits, but no longer than the loop goes on. */
    public void pause(Duration time) {
        try {
            end.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (goesOn()) {
            try {
                connection.read(this);
            } catch (RuntimeException e) {
                LOG.warnf(e, "%s: connecting to Kafka again after a failure", thread.getName());
                pause(BEFORE_NEXT_CONNECTION);
            }
        }
    }
}
