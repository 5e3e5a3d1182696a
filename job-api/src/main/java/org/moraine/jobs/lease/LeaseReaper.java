package org.moraine.jobs.lease;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.moraine.jobs.Loop;

/**
 * Ends leases that ran out. Where the service or its database was away, workers could not renew, and where what they say is
 * read late, one that ended may look lost: it waits as long as a lease lasts before it takes silence for a loss again.
 */
@Singleton
class LeaseReaper {

    private final Leases leases;
    private final LeaseConfig config;
    private final EventDelay delay;
    private final Clock clock;
    private volatile Instant trustedFrom = Instant.MAX;
    private @Nullable Loop loop;

    LeaseReaper(Leases leases, LeaseConfig config, EventDelay delay, Clock clock) {
        this.leases = leases;
        this.config = config;
        this.delay = delay;
        this.clock = clock;
    }

    void start(@Observes StartupEvent event) {
        trustedFrom = clock.instant().plus(config.lasts());
        loop = Loop.start("lease-reaper", config.sweepEvery(), this::sweepTrusted);
    }

    void stop(@Observes ShutdownEvent event) {
        if (loop != null) {
            loop.close();
        }
    }

    void sweepTrusted() {
        if (delay.exceeds(config.lasts().dividedBy(3))) { // a lease is renewed as often
            trustedFrom = clock.instant().plus(config.lasts());
        }
        if (clock.instant().isBefore(trustedFrom)) {
            return;
        }
        boolean done = false;
        try {
            sweep();
            done = true;
        } finally {
            if (!done) {
                trustedFrom = clock.instant().plus(config.lasts());
            }
        }
    }

    /** Ends every lease that has run out by now. */
    void sweep() {
        leases.ranOut().forEach(leases::reap);
    }
}
