package org.moraine.worker.take;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.moraine.contracts.WorkerPresence;
import org.moraine.worker.Declined;
import org.moraine.worker.JobApi;
import org.moraine.worker.WorkerMachine;

/** Tells job-api every five seconds, and at every change, that this worker is there, what it has and whether it is busy. */
@Singleton
public class Presence {

    private static final Logger LOG = Logger.getLogger(Presence.class);
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration UNTIL_HEARD = Duration.ofSeconds(1);

    private final JobApi jobs;
    private final WorkerMachine machine;
    private final ScheduledExecutorService teller =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "presence"));

    private volatile boolean busy;
    private volatile boolean heard;

    Presence(JobApi jobs, WorkerMachine machine) {
        this.jobs = jobs;
        this.machine = machine;
    }

    void start(@Observes StartupEvent event) {
        teller.execute(this::tellFromNowOn);
    }

    void end(@Observes @Priority(DispatchConsumer.AFTER) ShutdownEvent event) {
        teller.shutdownNow();
    }

    /** Whether job-api took the last word of this worker. While it did not, no dispatch is worth taking. */
    boolean isHeard() {
        return heard;
    }

    /** Takes back that job-api hears this worker, until it does again. */
    void unheard() {
        heard = false;
    }

    void busy(boolean now) {
        busy = now;
        teller.execute(this::tell);
    }

    private void tellFromNowOn() {
        try {
            tell();
        } finally {
            Duration wait = heard ? EVERY : UNTIL_HEARD;
            teller.schedule(this::tellFromNowOn, wait.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void tell() {
        try {
            jobs.present(new WorkerPresence(busy, machine.kind(), machine.operationsPerSecond()));
            if (!heard) {
                LOG.info("job-api knows this worker");
            }
            heard = true;
        } catch (IOException | Declined e) {
            if (heard) {
                LOG.warnf("job-api does not hear this worker: %s", e.toString());
            }
            heard = false;
        }
    }
}
