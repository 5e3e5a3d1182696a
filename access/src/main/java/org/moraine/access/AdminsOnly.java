package org.moraine.access;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;
import org.moraine.contracts.Refused;

/** Refuses everybody but admins where a resource is marked {@link ForAdmins}. */
@Provider
@ForAdmins
@Priority(Priorities.AUTHORIZATION)
public class AdminsOnly implements ContainerRequestFilter {

    private final CurrentCaller caller;

    AdminsOnly(CurrentCaller caller) {
        this.caller = caller;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (!(caller.get() instanceof Caller.Admin)) {
            throw Refused.forbidden("This needs the admin key");
        }
    }
}
