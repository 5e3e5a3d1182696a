package org.moraine.registry.alias;

import java.util.regex.Pattern;
import org.moraine.contracts.Refused;

/** What an alias or a tag may be called: nothing that names a version already, and nothing that a URL would mangle. */
final class VersionName {

    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?");
    private static final Pattern TAKEN = Pattern.compile("v?[0-9]+|[0-9a-f]{40}|HEAD|" + Alias.NEWEST);

    private VersionName() {}

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
