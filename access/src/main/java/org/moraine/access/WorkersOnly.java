package org.moraine.access;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;
import org.moraine.contracts.Refused;

/** Refuses everybody but workers where a resource is marked {@link ForWorkers}. */
@Provider
@ForWorkers
@Priority(Priorities.AUTHORIZATION)
public class WorkersOnly implements ContainerRequestFilter {

    private final CurrentCaller caller;

    WorkersOnly(CurrentCaller caller) {
        this.caller = caller;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (!(caller.get() instanceof Caller.Worker)) {
            throw Refused.forbidden("Only the platform's workers may ask this");
        }
    }
}
