package org.moraine.jobs.openai;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;

/** A page of a list, which the clients follow with {@code after}, the id of its last item. */
public record Page<T>(String object, List<T> data, boolean hasMore) {

    /** Makes a page of what was found when one more than its size was asked for. */
    public static <T> Page<T> of(List<T> found, int size) {
        boolean more = found.size() > size;
        return new Page<>("list", List.copyOf(more ? found.subList(0, size) : found), more);
    }

    /** Reads the query's {@code limit}. */
    public static int limit(@Nullable String text, int byDefault, int most) {
        if (text == null || text.isEmpty()) {
            return byDefault;
        }
        int limit = text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > most) {
            throw Refused.invalid("limit", "limit is a whole number from 1 to " + most);
        }
        return limit;
    }
}
