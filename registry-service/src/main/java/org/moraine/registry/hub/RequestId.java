package org.moraine.registry.hub;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import java.util.UUID;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/** Every answer carries an {@code X-Request-Id}, the client's own where it sent one; clients show it in their errors. */
final class RequestId {

    private static final String HEADER = "X-Request-Id";

    @ServerRequestFilter(preMatching = true)
    void take(ContainerRequestContext request) {
        String given = request.getHeaderString(HEADER);
        boolean fits = given != null && given.matches("[A-Za-z0-9_.-]{1,64}");
        request.setProperty(HEADER, fits ? given : UUID.randomUUID().toString());
    }

    @ServerResponseFilter
    void give(ContainerRequestContext request, ContainerResponseContext response) {
        String id = of(request);
        if (id != null) {
            response.getHeaders().putSingle(HEADER, id);
        }
    }

    static @Nullable String of(ContainerRequestContext request) {
        return (String) request.getProperty(HEADER);
    }
}
