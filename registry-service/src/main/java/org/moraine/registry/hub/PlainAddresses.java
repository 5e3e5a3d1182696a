package org.moraine.registry.hub;

import jakarta.ws.rs.container.ContainerRequestContext;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.moraine.contracts.Refused;

/** Refuses an address with the letter of code 0: nothing has it in its name, and PostgreSQL cannot even look for it. */
final class PlainAddresses {

    @ServerRequestFilter(preMatching = true)
    void check(ContainerRequestContext request) {
        if (request.getUriInfo().getRequestUri().toString().contains("%00")) {
            throw Refused.invalid("path", "An address has no letter of code 0");
        }
    }
}
