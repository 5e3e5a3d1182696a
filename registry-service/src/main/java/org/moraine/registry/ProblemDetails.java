package org.moraine.registry;

import jakarta.ws.rs.core.Response;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;

/**
 * A refusal as the native API says it (RFC 9457).
 *
 * @param type names the kind of fault; the same for the same {@code code}
 * @param code the stable word for programs
 * @param field the field at fault, null where no single field is
 */
public record ProblemDetails(
        String type,
        String title,
        int status,
        String detail,
        String code,
        @Nullable String field) {

    private static final String MEDIA_TYPE = "application/problem+json";

    /** The answer to a caller at fault. */
    public static Response answer(Problem problem) {
        String words = problem.code().replace('_', ' ');
        String title = words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
        return answer(new ProblemDetails(
                "urn:moraine:problem:" + problem.code(),
                title,
                problem.category().status(),
                problem.message(),
                problem.code(),
                problem.field()));
    }

    /** An answer of which only the status is known. */
    public static Response answer(int status, String code, String detail) {
        return answer(new ProblemDetails(
                "urn:moraine:problem:" + code,
                Response.Status.fromStatusCode(status) + "",
                status,
                detail,
                code,
                null));
    }

    private static Response answer(ProblemDetails details) {
        return Response.status(details.status).type(MEDIA_TYPE).entity(details).build();
    }
}
