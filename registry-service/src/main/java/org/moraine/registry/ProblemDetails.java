package org.moraine.registry;

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

    public static final String MEDIA_TYPE = "application/problem+json";

    public static ProblemDetails of(Problem problem) {
        return of(problem.category().status(), problem.code(), problem.message(), problem.field());
    }

    public static ProblemDetails of(int status, String code, String detail, @Nullable String field) {
        String words = code.replace('_', ' ');
        String title = words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
        return new ProblemDetails("urn:moraine:problem:" + code, title, status, detail, code, field);
    }
}
