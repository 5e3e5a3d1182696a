package org.moraine.registry.hub;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;

/** A refusal as the Hub's clients read it: they look at two headers, since the answer to HEAD has no body. */
final class HubErrors {

    static final String COMMIT_HEADER = "X-Repo-Commit";

    private static final String CODE = "X-Error-Code";
    private static final String MESSAGE = "X-Error-Message";

    /** To these exact words, and without a code, the Python client says that the token is wrong. */
    private static final String WRONG_TOKEN = "Invalid credentials in Authorization header";

    private HubErrors() {}

    static Response answer(Problem problem, boolean tokenCame) {
        return switch (problem.code()) {
            case "adapter_not_found" -> answer(404, "RepoNotFound", problem.message());
            case "parent_moved" -> answer(412, null, problem.message());
            case "file_not_found" -> answer(404, "EntryNotFound", problem.message());
            case "revision_not_found" -> answer(404, "RevisionNotFound", problem.message());
            case "invalid_api_key" ->
                tokenCame ? answer(401, null, WRONG_TOKEN) : answer(401, "RepoNotFound", problem.message());
            default -> answer(problem.category().status(), null, problem.message());
        };
    }

    /** A file that a commit does not have. The commit tells the client that it may remember so. */
    static Response noEntry(String path, String commit) {
        return Response.fromResponse(answer(404, "EntryNotFound", "There is no file '" + path + "' in " + commit))
                .header(COMMIT_HEADER, commit)
                .build();
    }

    static Response answer(int status, @Nullable String code, String message) {
        Response.ResponseBuilder answer = Response.status(status)
                .type(MediaType.APPLICATION_JSON_TYPE)
                .header(MESSAGE, headerText(message))
                .entity(Map.of("error", message));
        return (code == null ? answer : answer.header(CODE, code)).build();
    }

    /** What came from outside may not break out of its header. */
    private static String headerText(String message) {
        return message.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
