package org.moraine.jobs.openai;

import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;
import java.util.Locale;
import org.moraine.access.Caller;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;

/**
 * Organization and project of OpenAI's clients are both the team here. Where a request names one, it must be the
 * key's own, so that nothing lands in another team than its sender means.
 */
@Provider
@Priority(Priorities.AUTHORIZATION)
class TeamHeaders implements ContainerRequestFilter {

    private final CurrentCaller caller;
    private final RoutingContext connection;

    TeamHeaders(CurrentCaller caller, RoutingContext connection) {
        this.caller = caller;
        this.connection = connection;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (caller.get() instanceof Caller.OfTeam ofTeam) {
            String team = ofTeam.team().value();
            require(request, team, "Organization");
            require(request, team, "Project");
            connection.response().putHeader("openai-organization", team);
        }
    }

    private static void require(ContainerRequestContext request, String team, String what) {
        String header = "OpenAI-" + what;
        String named = request.getHeaderString(header);
        if (named != null && !named.isBlank() && !named.strip().equals(team)) {
            throw new Refused(new Problem(
                    Problem.Category.UNAUTHENTICATED,
                    "mismatched_" + what.toLowerCase(Locale.ROOT),
                    "The header " + header + " is left out or names the key's team, '" + team + "'",
                    null));
        }
    }
}
