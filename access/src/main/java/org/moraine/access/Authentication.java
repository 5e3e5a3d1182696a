package org.moraine.access;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;

/**
 * Asks every request of a resource for {@code Authorization: Bearer KEY} and sets the {@link CurrentCaller}. No key or
 * an unknown one is {@link Refused#unauthenticated}, which the service's own exception mapper answers. Methods that are
 * marked {@link ByLink} are left alone.
 *
 * <p>It reads the database, on the thread on which the resource's method is to run: a method that returns a stream
 * must be marked {@code @Blocking}.
 */
@Provider
@Priority(Priorities.AUTHENTICATION)
public class Authentication implements ContainerRequestFilter {

    private static final String BEARER = "Bearer ";

    private final ApiKeys keys;
    private final CurrentCaller caller;
    private final ResourceInfo resource;

    Authentication(ApiKeys keys, CurrentCaller caller, @Context ResourceInfo resource) {
        this.keys = keys;
        this.caller = caller;
        this.resource = resource;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (resource.getResourceMethod().isAnnotationPresent(ByLink.class)) {
            return;
        }
        String header = request.getHeaderString(HttpHeaders.AUTHORIZATION);
        caller.set(
                keys.caller(bearer(header)).orElseThrow(() -> Refused.unauthenticated("Incorrect API key provided")));
    }

    private static ApiKey bearer(@Nullable String header) {
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw noKey();
        }
        return new ApiKey(header.substring(BEARER.length()).strip());
    }

    static Refused noKey() {
        return Refused.unauthenticated("No API key was given: send the header 'Authorization: Bearer YOUR_KEY'");
    }
}
