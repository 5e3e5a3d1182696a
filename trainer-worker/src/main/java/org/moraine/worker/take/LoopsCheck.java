package org.moraine.worker.take;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.moraine.worker.report.CommandListener;

/** Alive while the loops that read from Kafka are. */
@Liveness
@Singleton
final class LoopsCheck implements HealthCheck {

    private final DispatchConsumer dispatches;
    private final CommandListener commands;

    LoopsCheck(DispatchConsumer dispatches, CommandListener commands) {
        this.dispatches = dispatches;
        this.commands = commands;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("loops")
                .status(dispatches.isAlive() && commands.isAlive())
                .withData("dispatches", dispatches.isAlive())
                .withData("commands", commands.isAlive())
                .build();
    }
}
