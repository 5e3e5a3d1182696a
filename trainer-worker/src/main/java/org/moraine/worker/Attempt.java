package org.moraine.worker;

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
    private final Thread worker;

    private @Nullable Stop stop;
    private boolean settled;

    /** Begins the attempt on the calling thread. */
    public Attempt(Lease lease) {
        this.spec = lease.spec();
        this.number = lease.attempt();
        this.worker = Thread.currentThread();
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
     * Tells the attempt to end as soon as it can: whatever it waits for is interrupted, a training step is finished.
     * The first reason stays; none counts once the attempt is settled.
     */
    public synchronized void stop(Stop why) {
        if (settled || stop != null) {
            return;
        }
        stop = why;
        worker.interrupt();
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

    /**
     * Ends the time in which the attempt can be stopped, and takes back the interruption.
     *
     * @return the reason why it was stopped, if it was
     */
    public synchronized Optional<Stop> settle() {
        settled = true;
        boolean unusedInterruption = Thread.interrupted();
        return Optional.ofNullable(stop);
    }

    /** Keys for log lines. */
    @Override
    public String toString() {
        return "job=" + job() + " attempt=" + number + " team=" + spec.adapter().team() + " adapter=" + spec.adapter();
    }

    /** Leaves the work of an attempt that was told to stop. */
    public static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
