package org.moraine.registry.alias;

import java.time.Instant;
import java.util.regex.Pattern;
import org.moraine.contracts.Refused;

/** A name that points at a version. */
public record Alias(String alias, int version, Instant movedAt) {

    /** The name of the newest version, which nobody moves. */
    public static final String NEWEST = "main";

    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?");
    private static final Pattern TAKEN = Pattern.compile("v?[0-9]+|[0-9a-f]{40}|HEAD|" + NEWEST);

    /** Whether a team may call an alias so. */
    static void check(String alias) {
        if (!SHAPE.matcher(alias).matches() || alias.contains("..")) {
            throw Refused.invalid("alias", "An alias has letters, digits, '.', '_' or '-', at most 64");
        }
        if (TAKEN.matcher(alias).matches()) {
            throw Refused.invalid("alias", "'" + alias + "' already names a version, a commit or the newest version");
        }
    }
}
