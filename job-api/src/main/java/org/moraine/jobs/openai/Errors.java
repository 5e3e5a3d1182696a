package org.moraine.jobs.openai;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Locale;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;

/**
 * Turns what a request threw into its answer: a {@link Refused} by its category, everything else into 500. OpenAI's
 * envelope, save under {@code /internal}, where workers read the {@link Problem} itself.
 */
class Errors {

    private static final Logger LOG = Logger.getLogger(Errors.class);
    private static final String SHOULD_RETRY = "x-should-retry";

    @ServerExceptionMapper
    Response refused(Refused refused, UriInfo request) {
        Problem problem = refused.problem();
        Response.ResponseBuilder answer = Response.status(problem.category().status())
                .type(MediaType.APPLICATION_JSON)
                .entity(isInternal(request) ? problem : ErrorObject.of(problem));
        if (problem.category() == Problem.Category.CONFLICT) {
            answer.header(SHOULD_RETRY, "false"); // the clients would try again twice
        }
        return answer.build();
    }

    @ServerExceptionMapper
    Response http(WebApplicationException failure, UriInfo request) {
        Refused refused = refusal(failure);
        if (refused != null) {
            return refused(refused, request);
        }
        int status = failure.getResponse().getStatus();
        if (status >= 500) {
            return ours(failure, request);
        }
        String message = status == 404 || status == 405
                ? "Invalid URL: " + request.getPath()
                : "The request cannot be read: " + message(failure);
        return refused(
                new Refused(new Problem(Problem.Category.INVALID, word(failure), message, null)), request, status);
    }

    @ServerExceptionMapper
    Response ours(Throwable failure, UriInfo request) {
        Refused refused = refusal(failure);
        if (refused != null) {
            return refused(refused, request);
        }
        LOG.errorf(failure, "A request failed path=%s", request.getPath());
        return Response.serverError()
                .type(MediaType.APPLICATION_JSON)
                .entity(ErrorObject.ours())
                .build();
    }

    private static Response refused(Refused refused, UriInfo request, int status) {
        Problem problem = refused.problem();
        return Response.status(status)
                .type(MediaType.APPLICATION_JSON)
                .entity(isInternal(request) ? problem : ErrorObject.of(problem))
                .build();
    }

    private static String word(WebApplicationException failure) {
        return failure.getResponse()
                .getStatusInfo()
                .getReasonPhrase()
                .toLowerCase(Locale.ROOT)
                .replace(' ', '_');
    }

    private static String message(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }

    /** What a record's constructor refused, under what Jackson wrapped around it. */
    private static @Nullable Refused refusal(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof Refused refused) {
                return refused;
            }
        }
        return null;
    }

    private static boolean isInternal(UriInfo request) {
        return request.getPath().startsWith("/internal/");
    }
}
