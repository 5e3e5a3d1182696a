package org.moraine.registry.hub;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.LowerCamelCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.time.Instant;
import java.util.List;
import org.moraine.access.Caller;
import org.moraine.access.CurrentCaller;

/** Whose key it is, for {@code hf auth login} and {@code hf auth whoami}: the team stands for a user. */
@Path("/api/whoami-v2")
public class WhoAmIResource {

    private final CurrentCaller caller;

    WhoAmIResource(CurrentCaller caller) {
        this.caller = caller;
    }

    @JsonNaming(LowerCamelCaseStrategy.class)
    record WhoAmI(
            String type,
            String id,
            String name,
            String fullname,
            String email,
            boolean emailVerified,
            boolean canPay,
            boolean isPro,
            List<String> orgs,
            Auth auth) {}

    @JsonNaming(LowerCamelCaseStrategy.class)
    record Auth(String type, AccessToken accessToken) {}

    @JsonNaming(LowerCamelCaseStrategy.class)
    record AccessToken(String displayName, String role, String createdAt) {}

    @GET
    public WhoAmI whoAmI() {
        Caller who = caller.get();
        String name =
                who instanceof Caller.Worker ? "moraine-worker" : who.team().value();
        AccessToken token = new AccessToken(name, "write", HubTime.of(Instant.EPOCH));
        return new WhoAmI("user", name, name, name, "", true, false, false, List.of(), new Auth("access_token", token));
    }
}
