package org.moraine.engine.tokenizer;

import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/**
 * The methods of Python's strings and dictionaries that chat templates call, and indexes into strings. Java's own
 * methods of the same names mean other things, so for strings no others are reached.
 */
final class PythonMethods extends ELResolver {

    private static final String WHITE_SPACE = " \t\n\r\u000b\f\u001c\u001d\u001e\u001f\u0085\u00a0\u2028\u2029\u3000";

    /** This before Jinjava's own. */
    static ELResolver resolver() {
        CompositeELResolver all = new CompositeELResolver();
        all.add(new PythonMethods());
        all.add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_WRITE);
        return all;
    }

    @Override
    public @Nullable Object invoke(
            ELContext context, Object base, Object method, Class<?> @Nullable [] types, Object @Nullable [] given) {
        Object[] arguments = given == null ? new Object[0] : given;
        Object result;
        if (base instanceof CharSequence) {
            result = ofString(base.toString(), String.valueOf(method), arguments);
        } else if (base instanceof Map<?, ?> map && isOfMap(String.valueOf(method))) {
            result = ofMap(map, String.valueOf(method), arguments);
        } else {
            return null;
        }
        context.setPropertyResolved(true);
        return result;
    }

    private static Object ofString(String text, String method, Object[] arguments) {
        return switch (method) {
            case "strip" -> right(left(text, signs(arguments)), signs(arguments));
            case "lstrip" -> left(text, signs(arguments));
            case "rstrip" -> right(text, signs(arguments));
            case "startswith" -> any(arguments[0]).stream().anyMatch(text::startsWith);
            case "endswith" -> any(arguments[0]).stream().anyMatch(text::endsWith);
            case "split" -> split(text, arguments);
            case "splitlines" -> new ArrayList<Object>(text.lines().toList());
            case "replace" -> replace(text, arguments);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" ->
                text.isEmpty()
                        ? text
                        : text.substring(0, 1).toUpperCase(Locale.ROOT)
                                + text.substring(1).toLowerCase(Locale.ROOT);
            case "find" -> (long) text.indexOf(arguments[0].toString());
            case "count" -> (long) (text.split(Pattern.quote(arguments[0].toString()), -1).length - 1);
            case "join" -> String.join(text, any(arguments[0]));
            case "format" -> format(text, arguments);
            case "isdigit" -> !text.isEmpty() && text.chars().allMatch(Character::isDigit);
            default -> throw new IllegalArgumentException("the string method " + method + " is not known");
        };
    }

    private static String signs(Object[] arguments) {
        return arguments.length == 0 ? WHITE_SPACE : arguments[0].toString();
    }

    private static String left(String text, String signs) {
        int from = 0;
        while (from < text.length() && signs.indexOf(text.charAt(from)) >= 0) {
            from++;
        }
        return text.substring(from);
    }

    private static String right(String text, String signs) {
        int to = text.length();
        while (to > 0 && signs.indexOf(text.charAt(to - 1)) >= 0) {
            to--;
        }
        return text.substring(0, to);
    }

    private static List<String> any(Object argument) {
        return argument instanceof Iterable<?> list ? strings(list) : List.of(argument.toString());
    }

    private static List<String> strings(Iterable<?> list) {
        List<String> strings = new ArrayList<>();
        list.forEach(item -> strings.add(String.valueOf(item)));
        return strings;
    }

    private static List<Object> split(String text, Object[] arguments) {
        if (arguments.length == 0) {
            String words = text.strip();
            return new ArrayList<>(words.isEmpty() ? List.of() : Arrays.asList(words.split("\\s+")));
        }
        int most = arguments.length > 1 ? ((Number) arguments[1]).intValue() : -1;
        return new ArrayList<>(
                Arrays.asList(text.split(Pattern.quote(arguments[0].toString()), most < 0 ? -1 : most + 1)));
    }

    private static String replace(String text, Object[] arguments) {
        String old = arguments[0].toString();
        String with = arguments[1].toString();
        if (arguments.length == 2) {
            return text.replace(old, with);
        }
        String replaced = text;
        int from = 0;
        for (long left = ((Number) arguments[2]).longValue(); left > 0; left--) {
            int found = replaced.indexOf(old, from);
            if (found < 0) {
                break;
            }
            replaced = replaced.substring(0, found) + with + replaced.substring(found + old.length());
            from = found + with.length();
        }
        return replaced;
    }

    /** Fields without a name or a format alone. */
    private static String format(String text, Object[] arguments) {
        String filled = text;
        for (Object argument : arguments) {
            if (!filled.contains("{}")) {
                break;
            }
            int field = filled.indexOf("{}");
            filled = filled.substring(0, field) + PythonText.str(argument) + filled.substring(field + 2);
        }
        if (filled.contains("{") || filled.contains("}")) {
            throw new IllegalArgumentException("the format '" + text + "' cannot be filled in");
        }
        return filled;
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean inside = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            title.append(inside ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inside = Character.isLetter(c);
        }
        return title.toString();
    }

    private static boolean isOfMap(String method) {
        return method.equals("items") || method.equals("get") || method.equals("keys") || method.equals("values");
    }

    private static @Nullable Object ofMap(Map<?, ?> map, String method, Object[] arguments) {
        return switch (method) {
            case "items" ->
                map.entrySet().stream()
                        .map(entry -> Arrays.asList(entry.getKey(), entry.getValue()))
                        .toList();
            case "keys" -> new ArrayList<Object>(map.keySet());
            case "values" -> new ArrayList<Object>(map.values());
            default ->
                map.containsKey(arguments[0].toString())
                        ? map.get(arguments[0].toString())
                        : arguments.length > 1 ? arguments[1] : null;
        };
    }

    @Override
    public @Nullable Object getValue(ELContext context, @Nullable Object base, Object property) {
        if (base instanceof CharSequence && !(property instanceof Number)) {
            context.setPropertyResolved(true); // a string has no fields: undefined
            return null;
        }
        if (base instanceof CharSequence text && property instanceof Number number) {
            int at = number.intValue() < 0 ? text.length() + number.intValue() : number.intValue();
            context.setPropertyResolved(true);
            return at >= 0 && at < text.length() ? text.subSequence(at, at + 1).toString() : null;
        }
        return null;
    }

    @Override
    public @Nullable Class<?> getCommonPropertyType(ELContext context, @Nullable Object base) {
        return null;
    }

    @Override
    public @Nullable Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, @Nullable Object base) {
        return null;
    }

    @Override
    public @Nullable Class<?> getType(ELContext context, @Nullable Object base, Object property) {
        return null;
    }

    @Override
    public boolean isReadOnly(ELContext context, @Nullable Object base, Object property) {
        return true;
    }

    @Override
    public void setValue(ELContext context, @Nullable Object base, Object property, @Nullable Object value) {}
}
