package org.moraine.worker;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Lease;

/**
 * One numbered try at a job while this worker has it in hand. One thread works on it, from the constructor to
 * {@link #settle()}; any thread may tell it to stop.
 */
public final class Attempt {

    private final JobSpec spec;
    private final int number;
    private final String worker;
    private final Thread thread;

    private @Nullable Stop stop;
    private boolean waiting;
    private boolean trained;
    private boolean settled;

    /**
     * Begins the attempt on the calling thread.
     *
     * @param worker the name under which the lease was claimed
     */
    public Attempt(Lease lease, String worker) {
        this.spec = lease.spec();
        this.number = lease.attempt();
        this.worker = worker;
        this.thread = Thread.currentThread();
    }

    public JobSpec spec() {
        return spec;
    }

    public JobId job() {
        return spec.job();
    }

    /** The fencing token, from 1. */
    public int number() {
        return number;
    }

    /**
     * Tells the attempt to end as soon as it can: what it {@linkplain #waitFor waits for} is interrupted, anything else,
     * a training step above all, is finished. The first reason stays; none counts once the attempt is settled.
     */
    public synchronized void stop(Stop why) {
        if (settled || stop != null || (trained && why == Stop.PAUSE)) {
            return;
        }
        stop = why;
        if (waiting) {
            thread.interrupt();
        }
    }

    /** The last step is made: a pause, also one that has just come, is too late, for what is left is to publish. */
    public synchronized void trained() {
        trained = true;
        if (stop == Stop.PAUSE) {
            stop = null;
        }
    }

    /** Why the attempt is to end, if it is. */
    public synchronized Optional<Stop> stopped() {
        return Optional.ofNullable(stop);
    }

    public synchronized boolean goesOn() {
        return stop == null;
    }

    /** Throws {@link Stopped} where the attempt was told to stop. */
    public void requireGoesOn() {
        if (!goesOn()) {
            throw new Stopped();
        }
    }

    /** Something that may be interrupted and then leaves nothing that matters. */
    public interface Wait<T> {
        T make() throws IOException;
    }

    /**
     * Does what takes its time outside this process, such as a download.
     *
     * @throws Stopped where the attempt is told to stop before or meanwhile
     */
    public <T> T waitFor(Wait<T> wait) throws IOException {
        synchronized (this) {
            requireGoesOn();
            waiting = true;
        }
        try {
            return wait.make();
        } finally {
            endWait();
        }
    }

    private synchronized void endWait() {
        waiting = false;
        boolean unused = Thread.interrupted(); // ours alone, and of no use to what follows
    }

    /**
     * Ends the time in which the attempt can be stopped.
     *
     * @return the reason why it was stopped, if it was
     */
    public synchronized Optional<Stop> settle() {
        settled = true;
        return Optional.ofNullable(stop);
    }

    /** Keys for log lines. */
    @Override
    public String toString() {
        return "job=" + job() + " attempt=" + number + " team=" + spec.adapter().team() + " worker=" + worker
                + " adapter=" + spec.adapter();
    }

    /** Leaves the work of an attempt that was told to stop. */
    public static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
