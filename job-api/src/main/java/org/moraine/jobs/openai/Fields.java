package org.moraine.jobs.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;

/**
 * An object of a request, with the path at which it stands, such as {@code method.supervised.hyperparameters}. A field
 * that is absent, null or {@code "auto"} is null here; one of the wrong kind is refused by its path.
 */
public record Fields(String path, ObjectNode object) {

    public static Fields of(ObjectNode request) {
        return new Fields("", request);
    }

    public @Nullable JsonNode get(String key) {
        JsonNode value = object.get(key);
        return value == null
                        || value.isNull()
                        || (value.isTextual() && value.textValue().equals("auto"))
                ? null
                : value;
    }

    /** The object under a key; empty where it is absent. */
    public Fields inner(String key) {
        JsonNode value = object.get(key);
        if (value == null || value.isNull()) {
            return new Fields(pathOf(key), JsonNodeFactory.instance.objectNode());
        }
        if (value instanceof ObjectNode found) {
            return new Fields(pathOf(key), found);
        }
        throw refused(key, "is an object");
    }

    public @Nullable String text(String key) {
        JsonNode value = object.get(key);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw refused(key, "is a string");
        }
        return value.textValue();
    }

    public String requiredText(String key) {
        String value = text(key);
        if (value == null || value.isEmpty()) {
            throw missing(key);
        }
        return value;
    }

    public int whole(String key, int byDefault, int least, int most) {
        Integer value = whole(key, least, most);
        return value == null ? byDefault : value;
    }

    public @Nullable Integer whole(String key, int least, int most) {
        JsonNode value = get(key);
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < least
                || value.intValue() > most) {
            throw refused(key, "is a whole number from " + least + " to " + most);
        }
        return value.intValue();
    }

    /** A whole number that must be there. */
    public long requiredLong(String key, long least, long most) {
        JsonNode value = object.get(key);
        if (value == null || value.isNull()) {
            throw missing(key);
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < least
                || value.longValue() > most) {
            throw refused(key, "is a whole number from " + least + " to " + most);
        }
        return value.longValue();
    }

    public double number(String key, double byDefault) {
        Double value = number(key);
        return value == null ? byDefault : value;
    }

    public @Nullable Double number(String key) {
        JsonNode value = get(key);
        if (value == null) {
            return null;
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw refused(key, "is a number");
        }
        return value.doubleValue();
    }

    /** One of an enum's constants, written in lower case; {@code auto} is a word like any other here. */
    public <E extends Enum<E>> E word(String key, E byDefault) {
        String text = text(key);
        if (text == null) {
            return byDefault;
        }
        StringBuilder words = new StringBuilder();
        for (E constant : byDefault.getDeclaringClass().getEnumConstants()) {
            String word = constant.name().toLowerCase(Locale.ROOT);
            if (word.equalsIgnoreCase(text)) {
                return constant;
            }
            words.append(words.isEmpty() ? "" : ", ").append(word);
        }
        throw refused(key, "is one of " + words);
    }

    /** A list of strings that must be there, and not be empty. */
    public List<String> requiredTexts(String key, int most) {
        JsonNode value = object.get(key);
        if (value == null || value.isNull()) {
            throw missing(key);
        }
        List<String> texts = new ArrayList<>();
        value.forEach(text -> texts.add(text.isTextual() ? text.textValue() : ""));
        if (!value.isArray() || texts.isEmpty() || texts.size() > most || texts.contains("")) {
            throw refused(key, "is a list of strings, from 1 to " + most);
        }
        return texts;
    }

    private Refused missing(String key) {
        return Refused.invalid(
                "missing_required_parameter", pathOf(key), "Missing required parameter: '" + pathOf(key) + "'");
    }

    /** The path of a field of this object. */
    public String pathOf(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** A refusal of one field; the message goes on after the field's path. */
    public Refused refused(String key, String message) {
        return Refused.invalid(pathOf(key), "Invalid '" + pathOf(key) + "': it " + message);
    }
}
