package org.moraine.registry.hub;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Part of a list, with the way to the rest in a {@code Link} header.
 *
 * @param next what the next page begins after, null on the last
 */
record Page<T>(List<T> items, @Nullable String next) {

    /** The items after the one named by the cursor, {@code ""} for the first; a cursor that names none ends the list. */
    static <T> Page<T> of(List<T> all, Function<T, String> name, String cursor, int limit) {
        int from = 0;
        if (!cursor.isEmpty()) {
            from = all.size();
            for (int i = 0; i < all.size(); i++) {
                if (name.apply(all.get(i)).equals(cursor)) {
                    from = i + 1;
                    break;
                }
            }
        }
        int end = (int) Math.min(all.size(), (long) from + Math.max(1, limit));
        List<T> items = all.subList(from, end);
        return new Page<>(items, end < all.size() ? name.apply(items.get(items.size() - 1)) : null);
    }

    Response answer(UriInfo uri) {
        Response.ResponseBuilder answer = Response.ok(items);
        if (next != null) {
            String rest = uri.getRequestUriBuilder()
                    .replaceQueryParam("cursor", "{cursor}")
                    .build(next)
                    .toString();
            answer.header("Link", "<" + rest + ">; rel=\"next\"");
        }
        return answer.build();
    }
}
