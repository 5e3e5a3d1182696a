package org.moraine.worker.take;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready while job-api hears this worker. */
@Readiness
@Singleton
final class JobApiCheck implements HealthCheck {

    private final Presence presence;

    JobApiCheck(Presence presence) {
        this.presence = presence;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("job-api").status(presence.isHeard()).build();
    }
}
