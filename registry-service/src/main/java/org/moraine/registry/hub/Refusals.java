package org.moraine.registry.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveContainerRequestContext;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.registry.ProblemDetails;

/** Says no on the wire that was asked: the native API's ({@code /api/v1}) or the Hub's. */
final class Refusals {

    private static final Logger LOG = Logger.getLogger(Refusals.class);
    private static final String NATIVE = "/api/v1/";

    /** PostgreSQL's words for such a text, as itself and in JSON. */
    private static final Set<String> NO_TEXT = Set.of("22021", "22P05");

    /** Where clients look for repositories; where no route of ours is, there is none. */
    private static final Pattern REPOSITORY = Pattern.compile("/api/(models|datasets|spaces)/.+|/.+/(resolve|raw)/.+");

    @ServerExceptionMapper
    Response refused(Refused refused, @Context UriInfo uri, @Context HttpHeaders headers) {
        Problem problem = refused.problem();
        if (isNative(uri)) {
            return answer(ProblemDetails.of(problem));
        }
        return HubErrors.answer(problem, headers.getHeaderString(HttpHeaders.AUTHORIZATION) != null);
    }

    /** What JAX-RS refuses by itself; where a {@link Refused} was thrown by what Jackson built, that one. */
    @ServerExceptionMapper
    Response refused(WebApplicationException refusal, @Context UriInfo uri, @Context HttpHeaders headers) {
        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            if (cause instanceof Refused found) {
                return refused(found, uri, headers);
            }
        }
        int status = refusal.getResponse().getStatus();
        if (status == 404 && REPOSITORY.matcher(uri.getPath()).matches()) {
            return HubErrors.answer(404, "RepoNotFound", "There are only models here, named team/adapter");
        }
        return answer(status, status == 404 ? "not_found" : "invalid_request", words(refusal), null, uri);
    }

    /** JSON of the wrong shape. */
    @ServerExceptionMapper
    Response misshapen(MismatchedInputException misshapen, @Context UriInfo uri) {
        String field = misshapen.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("."));
        return answer(400, "invalid_value", misshapen.getOriginalMessage(), field.isEmpty() ? null : field, uri);
    }

    /** A text that PostgreSQL cannot keep, which is the caller's: a letter of number 0 in it. */
    @ServerExceptionMapper
    Response unkept(
            UnableToExecuteStatementException failure, @Context UriInfo uri, @Context ContainerRequestContext request) {
        return failure.getCause() instanceof SQLException cause && NO_TEXT.contains(cause.getSQLState())
                ? answer(400, "invalid_value", "No text here has the letter U+0000 in it", null, uri)
                : failed(failure, uri, request);
    }

    @ServerExceptionMapper
    Response failed(Exception failure, @Context UriInfo uri, @Context ContainerRequestContext request) {
        if (request instanceof ResteasyReactiveContainerRequestContext exchange
                && exchange.getServerRequestContext().serverResponse().closed()) {
            LOG.debugf(failure, "Client gone path=%s", uri.getPath());
            return Response.status(499).build(); // nobody hears it
        }
        LOG.errorf(failure, "Request failed request=%s path=%s", RequestId.of(request), uri.getPath());
        return answer(500, "internal_error", "The registry failed to answer; its log says why", null, uri);
    }

    private static String words(WebApplicationException refusal) {
        Throwable cause = refusal.getCause() == null ? refusal : refusal.getCause();
        return cause instanceof JsonProcessingException json
                ? "The body is not JSON: " + json.getOriginalMessage()
                : String.valueOf(cause.getMessage());
    }

    private static Response answer(int status, String code, String message, @Nullable String field, UriInfo uri) {
        return isNative(uri)
                ? answer(ProblemDetails.of(status, code, message, field))
                : HubErrors.answer(status, null, message);
    }

    private static Response answer(ProblemDetails details) {
        return Response.status(details.status())
                .type(ProblemDetails.MEDIA_TYPE)
                .entity(details)
                .build();
    }

    private static boolean isNative(UriInfo uri) {
        return uri.getPath().startsWith(NATIVE);
    }
}
