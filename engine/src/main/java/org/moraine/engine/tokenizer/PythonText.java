package org.moraine.engine.tokenizer;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values as Python writes them: {@code str()}, {@code repr()} and {@code json.dumps()}. */
final class PythonText {

    private PythonText() {}

    /** What Jinja prints; nothing for null, which stands for an undefined variable more often than for None. */
    static String str(@Nullable Object value) {
        return value == null ? "" : value instanceof CharSequence ? value.toString() : repr(value);
    }

    private static String repr(@Nullable Object value) {
        if (value == null) {
            return "None";
        }
        if (value instanceof Boolean truth) {
            return truth ? "True" : "False";
        }
        if (value instanceof Double || value instanceof Float) {
            return number(((Number) value).doubleValue());
        }
        StringBuilder text = new StringBuilder();
        if (value instanceof CharSequence) {
            quoted(text, value.toString());
        } else if (value instanceof Map<?, ?> map) {
            Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
            text.append('{');
            while (entries.hasNext()) {
                Map.Entry<?, ?> entry = entries.next();
                text.append(repr(entry.getKey())).append(": ").append(repr(entry.getValue()));
                text.append(entries.hasNext() ? ", " : "");
            }
            text.append('}');
        } else if (value instanceof List<?> list) {
            text.append('[');
            for (int i = 0; i < list.size(); i++) {
                text.append(i == 0 ? "" : ", ").append(repr(list.get(i)));
            }
            text.append(']');
        } else {
            text.append(value);
        }
        return text.toString();
    }

    private static void quoted(StringBuilder text, String value) {
        char quote = value.indexOf('\'') >= 0 && value.indexOf('"') < 0 ? '"' : '\'';
        text.append(quote);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\\' -> text.append("\\\\");
                default -> text.append(c == quote ? "\\" : "").append(c);
            }
        }
        text.append(quote);
    }

    /**
     * A value as JSON with Python's spaces.
     *
     * @param indent spaces of a level; negative for one line
     */
    static String json(@Nullable Object value, int indent) {
        StringBuilder text = new StringBuilder();
        json(text, value, indent, 0);
        return text.toString();
    }

    /** The same JSON with escapes for all but ASCII. */
    static String ascii(String json) {
        StringBuilder text = new StringBuilder();
        for (char c : json.toCharArray()) {
            text.append(c < 127 ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return text.toString();
    }

    private static void json(StringBuilder text, @Nullable Object value, int indent, int depth) {
        if (value == null || value instanceof Boolean) {
            text.append(value);
        } else if (value instanceof Double || value instanceof Float) {
            text.append(number(((Number) value).doubleValue()));
        } else if (value instanceof Number) {
            text.append(value);
        } else if (value instanceof CharSequence) {
            jsonString(text, value.toString());
        } else if (value instanceof Map<?, ?> map) {
            text.append('{');
            int i = 0;
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                separate(text, i++, indent, depth + 1);
                jsonString(text, String.valueOf(entry.getKey()));
                text.append(": ");
                json(text, entry.getValue(), indent, depth + 1);
            }
            close(text, i, indent, depth, '}');
        } else if (value instanceof Iterable<?> list) {
            text.append('[');
            int i = 0;
            for (Object item : list) {
                separate(text, i++, indent, depth + 1);
                json(text, item, indent, depth + 1);
            }
            close(text, i, indent, depth, ']');
        } else {
            throw new IllegalArgumentException("a " + value.getClass().getSimpleName() + " is no JSON value");
        }
    }

    private static void separate(StringBuilder text, int i, int indent, int depth) {
        text.append(i == 0 ? "" : indent < 0 ? ", " : ",");
        if (indent >= 0) {
            text.append('\n').append(" ".repeat(indent * depth));
        }
    }

    private static void close(StringBuilder text, int items, int indent, int depth, char bracket) {
        if (items > 0 && indent >= 0) {
            text.append('\n').append(" ".repeat(indent * depth));
        }
        text.append(bracket);
    }

    private static void jsonString(StringBuilder text, String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                default -> {
                    if (c < ' ') {
                        text.append(String.format("\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    /** The shortest digits that give the number back, with an exponent where Python writes one. */
    private static String number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }
        double size = Math.abs(value);
        BigDecimal shortest = new BigDecimal(Double.toString(value));
        if (size == 0 || (size >= 1e-4 && size < 1e16)) {
            String plain = shortest.stripTrailingZeros().toPlainString();
            return size == 0 ? "0.0" : plain.contains(".") ? plain : plain + ".0";
        }
        String digits = shortest.unscaledValue().abs().toString().replaceFirst("0+$", "");
        int exponent = (int) Math.floor(Math.log10(size));
        String head = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return (value < 0 ? "-" : "") + head + "e" + (exponent < 0 ? "-" : "+")
                + String.format("%02d", Math.abs(exponent));
    }
}
