package org.moraine.contracts;

import org.jspecify.annotations.Nullable;

/** Thrown where the caller is at fault; the one exception that becomes an answer in the caller's own error shape. */
public final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    public Refused(Problem problem) {
        super(problem.message());
        this.problem = problem;
    }

    /** A field whose value cannot be accepted; {@code message} says what would be right. */
    public static Refused invalid(String field, String message) {
        return new Refused(new Problem(Problem.Category.INVALID, "invalid_value", message, field));
    }

    public static Refused invalid(String code, String field, String message) {
        return new Refused(new Problem(Problem.Category.INVALID, code, message, field));
    }

    public static Refused unauthenticated(String message) {
        return new Refused(new Problem(Problem.Category.UNAUTHENTICATED, "invalid_api_key", message, null));
    }

    public static Refused forbidden(String message) {
        return new Refused(new Problem(Problem.Category.FORBIDDEN, "forbidden", message, null));
    }

    /** Something that is not there, or that the caller's team may not see: the answer is the same. */
    public static Refused absent(String code, @Nullable String field, String message) {
        return new Refused(new Problem(Problem.Category.ABSENT, code, message, field));
    }

    /** The request is well formed but does not fit the present state. */
    public static Refused conflict(String code, String message) {
        return new Refused(new Problem(Problem.Category.CONFLICT, code, message, null));
    }

    /** More is asked for at once than is given; later it may be. */
    public static Refused limit(String code, String message) {
        return new Refused(new Problem(Problem.Category.LIMIT, code, message, null));
    }

    public static Refused tooLarge(String field, String message) {
        return new Refused(new Problem(Problem.Category.TOO_LARGE, "too_large", message, field));
    }

    public Problem problem() {
        return problem;
    }
}
