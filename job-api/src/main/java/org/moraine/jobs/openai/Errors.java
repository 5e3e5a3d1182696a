package org.moraine.jobs.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.sql.SQLException;
import java.util.Locale;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;

/**
 * Turns what a request threw into its answer: a {@link Refused} by its category, a database or object store that is
 * away into 503, everything else into 500. OpenAI's envelope, save under {@code /internal}, where workers read the
 * {@link Problem} itself; and the headers by which OpenAI's clients decide whether and when they ask again.
 */
class Errors {

    private static final Logger LOG = Logger.getLogger(Errors.class);
    private static final String SHOULD_RETRY = "x-should-retry";
    private static final String RETRY_AFTER = "retry-after-ms";
    private static final int SOON = 1000;
    private static final String AWAY = "08|53|57"; // PostgreSQL's classes: no connection, no room, shutting down

    @ServerExceptionMapper
    Response refused(Refused refused, UriInfo request) {
        Problem problem = refused.problem();
        return refused(problem, isInternal(request), problem.category().status());
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
                new Problem(Problem.Category.INVALID, word(failure), message, null), isInternal(request), status);
    }

    @ServerExceptionMapper
    Response ours(Throwable failure, UriInfo request) {
        Refused refused = refusal(failure);
        if (refused != null) {
            return refused(refused, request);
        }
        LOG.errorf(failure, "A request failed path=%s", request.getPath());
        return failed(failure);
    }

    private static Response refused(Problem problem, boolean internal, int status) {
        Response.ResponseBuilder answer = Response.status(status)
                .type(MediaType.APPLICATION_JSON)
                .entity(internal ? problem : ErrorObject.of(problem));
        if (problem.category() == Problem.Category.CONFLICT) {
            answer.header(SHOULD_RETRY, "false"); // the clients would try again twice
        }
        if (problem.category() == Problem.Category.LIMIT) {
            answer.header(RETRY_AFTER, SOON);
        }
        return answer.build();
    }

    /** What is not the caller's fault; where it passes by itself, the client is told when to ask again. */
    static Response failed(Throwable failure) {
        boolean passing = isPassing(failure);
        Response.ResponseBuilder answer = Response.status(
                        passing ? Response.Status.SERVICE_UNAVAILABLE : Response.Status.INTERNAL_SERVER_ERROR)
                .type(MediaType.APPLICATION_JSON)
                .entity(ErrorObject.ours());
        return passing ? answer.header(RETRY_AFTER, SOON).build() : answer.build();
    }

    /** Whether the database or the object store is away, and not at odds with what was asked of it. */
    private static boolean isPassing(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return sql.getSQLState() == null || sql.getSQLState().matches("(" + AWAY + ").*");
            }
            if (cause instanceof IOException) {
                return !(cause instanceof JsonProcessingException || cause instanceof FileSystemException);
            }
        }
        return false;
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
