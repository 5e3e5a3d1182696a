package org.moraine.registry.hub;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.registry.ProblemDetails;

/** Says no on the wire that was asked: the native API's ({@code /api/v1}) or the Hub's. */
final class RefusedMapper {

    private static final Logger LOG = Logger.getLogger(RefusedMapper.class);
    private static final String NATIVE = "/api/v1/";

    @ServerExceptionMapper
    Response refused(Refused refused, @Context UriInfo uri) {
        return answer(refused.problem(), uri);
    }

    /** What JAX-RS refuses by itself; where a {@link Refused} was thrown by what Jackson built, that one. */
    @ServerExceptionMapper
    Response refused(WebApplicationException refused, @Context UriInfo uri) {
        for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
            if (cause instanceof Refused found) {
                return answer(found.problem(), uri);
            }
        }
        return answer(refused.getResponse().getStatus(), "invalid_request", words(refused), uri);
    }

    @ServerExceptionMapper
    Response failed(Exception failure, @Context UriInfo uri) {
        LOG.errorf(failure, "Request failed path=%s", uri.getPath());
        return answer(500, "internal_error", "The registry failed to answer; its log says why", uri);
    }

    private static String words(WebApplicationException refused) {
        Throwable cause = refused.getCause();
        return String.valueOf(cause == null ? refused.getMessage() : cause.getMessage());
    }

    private static Response answer(Problem problem, UriInfo uri) {
        return isNative(uri) ? ProblemDetails.answer(problem) : HubErrors.answer(problem);
    }

    private static Response answer(int status, String code, String message, UriInfo uri) {
        return isNative(uri) ? ProblemDetails.answer(status, code, message) : HubErrors.answer(status, null, message);
    }

    private static boolean isNative(UriInfo uri) {
        return uri.getPath().startsWith(NATIVE);
    }
}
