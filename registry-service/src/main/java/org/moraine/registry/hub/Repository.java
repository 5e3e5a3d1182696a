package org.moraine.registry.hub;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.registry.Visible;

/**
 * What the Hub's clients call a repository: an adapter, or one version of it as {@code team/adapter.v3}, for clients
 * that name no revision (vLLM). No adapter's own name ends so.
 *
 * @param version the one version that there is in it, null where it is the whole adapter
 * @param mirrored whether it is a model of the other Hub, which nobody changes here
 */
record Repository(AdapterName adapter, @Nullable Integer version, boolean mirrored) {

    private static final Pattern OF_A_VERSION = Pattern.compile("(.+)\\.v([1-9][0-9]{0,8})");

    /** The repository of a path that is a team's own, where the caller may know of it. */
    static Repository of(String team, String name, Visible visible) {
        Matcher one = OF_A_VERSION.matcher(name);
        return one.matches()
                ? new Repository(visible.adapter(team, one.group(1)), Integer.valueOf(one.group(2)), false)
                : new Repository(visible.adapter(team, name), null, false);
    }

    /** Its name as clients write it. */
    String id() {
        return version == null ? adapter.toString() : adapter + ".v" + version;
    }

    /** Whether a version of the adapter is in it. */
    boolean has(int number) {
        return version == null || version == number;
    }
}
