package org.moraine.jobs;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * A duty that is done again and again on a thread of its own: at once, after every pause, and whenever it is nudged.
 * Where it fails it is tried again after a pause that doubles up to ten seconds.
 */
public final class Loop implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Loop.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final String name;
    private final Duration pause;
    private final Duty duty;
    private final Semaphore nudges = new Semaphore(1);
    private final Thread thread;
    private volatile boolean closed;

    /** One round of the duty. */
    public interface Duty {
        void run() throws Exception;
    }

    private Loop(String name, Duration pause, Duty duty) {
        this.name = name;
        this.pause = pause;
        this.duty = duty;
        this.thread = new Thread(this::rounds, name);
        thread.setDaemon(true);
    }

    public static Loop start(String name, Duration pause, Duty duty) {
        Loop loop = new Loop(name, pause, duty);
        loop.thread.start();
        return loop;
    }

    /** Asks for a round now, or after the one that is under way. */
    public void nudge() {
        nudges.release();
    }

    private void rounds() {
        Duration wait = pause;
        while (!closed) {
            try {
                if (nudges.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                    nudges.drainPermits();
                }
                duty.run();
                wait = pause;
            } catch (InterruptedException e) {
                return;
            } catch (Exception | Error e) { // the edge of the thread, whose duty nobody else does
                if (closed) {
                    return;
                }
                wait = wait.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? wait.multipliedBy(2) : LONGEST_PAUSE;
                LOG.warnf(e, "%s failed and is tried again in %s", name, wait);
            }
        }
    }

    /** Interrupts the round under way and waits for its end. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
