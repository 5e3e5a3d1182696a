package org.moraine.registry.alias;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.moraine.contracts.Refused;

/**
 * How a version is named in text: by its number, which no alias and no tag may look like, nor like anything that a URL
 * would mangle.
 */
public final class VersionName {

    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?");
    private static final Pattern NUMBER = Pattern.compile("v?([1-9][0-9]{0,8})");
    private static final Pattern TAKEN = Pattern.compile("v?[0-9]+|[0-9a-f]{40}|HEAD|" + Alias.NEWEST);

    private VersionName() {}

    /** The number that a text such as {@code v3} or {@code 3} is; empty where it is something else. */
    public static OptionalInt number(String text) {
        Matcher number = NUMBER.matcher(text);
        return number.matches() ? OptionalInt.of(Integer.parseInt(number.group(1))) : OptionalInt.empty();
    }

    /** Throws {@link Refused} with {@code field}, which is {@code alias} or {@code tag}. */
    static void check(String field, String name) {
        if (!SHAPE.matcher(name).matches() || name.contains("..")) {
            throw Refused.invalid(field, "This " + field + " has letters, digits, '.', '_' or '-', at most 64");
        }
        if (TAKEN.matcher(name).matches()) {
            throw Refused.invalid(field, "'" + name + "' already names a version, a commit or the newest version");
        }
    }
}
