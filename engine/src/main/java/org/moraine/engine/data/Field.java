package org.moraine.engine.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value of a line and the path at which it stands.
 *
 * @param path such as {@code messages[1].role}; empty for the line itself
 * @param value missing where the line has no such field
 */
record Field(String path, JsonNode value) {

    Field get(String name) {
        JsonNode inner = value.get(name);
        return new Field(path.isEmpty() ? name : path + "." + name, inner == null ? MissingNode.getInstance() : inner);
    }

    /** Whether it is missing or null. */
    boolean isAbsent() {
        return value.isMissingNode() || value.isNull();
    }

    String string() throws BadLine {
        if (value.isMissingNode()) {
            throw new BadLine(path, name() + " is missing");
        }
        if (!value.isTextual()) {
            throw new BadLine(path, name() + " is a string, not " + kind(value));
        }
        String text = value.textValue();
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                int point = text.codePointAt(i);
                if (!Character.isSupplementaryCodePoint(point)) {
                    throw new BadLine(path, "the text holds half of a surrogate pair at character " + i);
                }
                i++;
            }
        }
        return text;
    }

    List<Field> list() throws BadLine {
        if (!value.isArray()) {
            throw new BadLine(path, name() + " is a list, not " + kind(value));
        }
        List<Field> items = new ArrayList<>(value.size());
        for (JsonNode item : value) {
            items.add(new Field(path + "[" + items.size() + "]", item));
        }
        return items;
    }

    /** The object's values as templates take them: strings, numbers, booleans, lists, maps and null. */
    Map<String, @Nullable Object> object(String what) throws BadLine {
        if (!value.isObject()) {
            throw new BadLine(path, what + " is an object, not " + kind(value));
        }
        return map(value);
    }

    /** The value as templates take it. */
    @Nullable
    Object plain() {
        return plain(value);
    }

    private static @Nullable Object plain(JsonNode value) {
        if (value.isTextual()) {
            return value.textValue();
        } else if (value.isObject()) {
            return map(value);
        } else if (value.isArray()) {
            List<@Nullable Object> list = new ArrayList<>(value.size());
            value.forEach(item -> list.add(plain(item)));
            return list;
        } else if (value.isNumber()) {
            return value.numberValue();
        }
        return value.isBoolean() ? value.booleanValue() : null;
    }

    private static Map<String, @Nullable Object> map(JsonNode value) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        value.fields().forEachRemaining(field -> map.put(field.getKey(), plain(field.getValue())));
        return map;
    }

    private String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> node.isEmpty() ? "an empty list" : "a list";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> "a boolean";
            case NULL -> "null";
            case MISSING -> "nothing";
            case BINARY, POJO -> throw new AssertionError("no JSON text holds " + node.getNodeType());
        };
    }
}
