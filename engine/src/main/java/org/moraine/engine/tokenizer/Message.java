package org.moraine.engine.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a conversation as a chat template sees it.
 *
 * @param fields {@code role} and {@code content} and whatever else a template may read, such as {@code tool_calls};
 *     values are strings, numbers, booleans, lists, maps and null
 */
public record Message(Map<String, @Nullable Object> fields) {

    private static final List<String> THOUGHTS = List.of("reasoning_content", "thinking", "reasoning");

    public Message {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    public static Message of(String role, String content) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("role", role);
        fields.put("content", content);
        return new Message(fields);
    }

    public static Message user(String content) {
        return of("user", content);
    }

    public String role() {
        return String.valueOf(fields.get("role"));
    }

    /** What was thought before it, under any of the names that data has for it; null where nothing was. */
    public @Nullable Object thoughts() {
        for (String name : THOUGHTS) {
            Object thoughts = fields.get(name);
            if (thoughts != null) {
                return thoughts;
            }
        }
        return null;
    }

    /** The same turn saying something else. */
    public Message saying(String content) {
        Map<String, @Nullable Object> changed = new LinkedHashMap<>(fields);
        changed.put("content", content);
        return new Message(changed);
    }
}
