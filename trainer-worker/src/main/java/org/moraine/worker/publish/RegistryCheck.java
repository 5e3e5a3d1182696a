package org.moraine.worker.publish;

import jakarta.inject.Singleton;
import java.io.IOException;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.moraine.worker.Declined;
import org.moraine.worker.RegistryClient;

/** Ready while registry-service answers and takes the worker's key. */
@Readiness
@Singleton
final class RegistryCheck implements HealthCheck {

    private final RegistryClient registry;

    RegistryCheck(RegistryClient registry) {
        this.registry = registry;
    }

    @Override
    public HealthCheckResponse call() {
        try {
            registry.requireAnswer();
            return HealthCheckResponse.named("registry-service").up().build();
        } catch (IOException | Declined e) {
            return HealthCheckResponse.named("registry-service")
                    .down()
                    .withData("reason", String.valueOf(e.getMessage()))
                    .build();
        }
    }
}
