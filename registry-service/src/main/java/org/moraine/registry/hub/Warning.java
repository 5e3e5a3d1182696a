package org.moraine.registry.hub;

import jakarta.ws.rs.core.Response;
import org.moraine.registry.version.Version;

/** What the Hub's Python client shows its user, once for each topic, whatever else an answer says. */
final class Warning {

    private static final String HEADER = "X-HF-Warning";

    private Warning() {}

    /** Says that a version is deprecated, where it is. */
    static Response.ResponseBuilder on(Version version, Response.ResponseBuilder answer) {
        String name = version.adapter() + " " + version.tag();
        return version.deprecated() == null
                ? answer
                : answer.header(HEADER, "deprecated " + name + "; " + name + " is deprecated: " + version.deprecated());
    }
}
