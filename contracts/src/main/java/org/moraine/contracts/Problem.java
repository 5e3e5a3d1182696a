package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with what a caller asked for.
 *
 * @param category decides the HTTP status; each wire's exception mapper translates it
 * @param code a stable word for programs, such as {@code invalid_training_file}
 * @param message one sentence for people: what is wrong, where, and what would be right
 * @param field the field at fault as the caller wrote it, null where no single field is
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Problem(
        Category category,
        String code,
        String message,
        @Nullable String field) {

    /** The kinds of fault a caller can make, each with its HTTP status (RFC 9110). */
    public enum Category {
        INVALID(400),
        UNAUTHENTICATED(401),
        FORBIDDEN(403),
        ABSENT(404),
        CONFLICT(409),
        TOO_LARGE(413),
        LIMIT(429);

        private final int status;

        Category(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }
    }
}
