package org.moraine.jobs.openai;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A page of a list that names its ends. */
public record Listed<T>(
        String object,
        List<T> data,
        boolean hasMore,
        @Nullable String firstId,
        @Nullable String lastId) {

    /** Makes a page of what was found when one more than its size was asked for. */
    public static <T> Listed<T> of(List<T> found, int size, Function<T, String> id) {
        Page<T> page = Page.of(found, size);
        List<T> data = page.data();
        return new Listed<>(
                page.object(),
                data,
                page.hasMore(),
                data.isEmpty() ? null : id.apply(data.get(0)),
                data.isEmpty() ? null : id.apply(data.get(data.size() - 1)));
    }
}
