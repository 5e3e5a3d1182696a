package org.moraine.jobs.openai;

import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;

/** The error envelope; the clients read all four keys. */
record ErrorObject(Body error) {

    record Body(
            String message,
            String type,
            @Nullable String param,
            @Nullable String code) {}

    static ErrorObject of(Problem problem) {
        String type = problem.category() == Problem.Category.LIMIT ? "rate_limit_error" : "invalid_request_error";
        return new ErrorObject(new Body(problem.message(), type, problem.field(), problem.code()));
    }

    static ErrorObject invalid(String message) {
        return new ErrorObject(new Body(message, "invalid_request_error", null, null));
    }

    static ErrorObject ours() {
        return new ErrorObject(new Body(
                "The server had an error while processing your request; the log has the request's id",
                "server_error",
                null,
                null));
    }
}
