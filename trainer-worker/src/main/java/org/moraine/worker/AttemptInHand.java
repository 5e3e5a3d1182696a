package org.moraine.worker;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobId;

/** The one attempt that this worker works on, if any. Shared between threads. */
@Singleton
public class AttemptInHand {

    private final AtomicReference<@Nullable Attempt> attempt = new AtomicReference<>();

    AttemptInHand(MeterRegistry metrics) {
        metrics.gauge("moraine.worker.busy", attempt, a -> a.get() == null ? 0 : 1);
    }

    public void begin(Attempt begun) {
        attempt.set(begun);
    }

    public void end() {
        attempt.set(null);
    }

    public Optional<Attempt> get() {
        return Optional.ofNullable(attempt.get());
    }

    /** Stops the attempt if it is the one in hand; a command for any other is not this worker's. */
    public void stop(JobId job, int number, Stop why) {
        get().filter(a -> a.job().equals(job) && a.number() == number).ifPresent(a -> a.stop(why));
    }
}
