package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * An adapter as clients write it, {@code team/adapter}. It does not end like {@code .v3}: the registry shows each version
 * under such a name too.
 */
public record AdapterName(TeamName team, String adapter) {

    private static final Pattern OF_A_VERSION = Pattern.compile(".*\\.v[0-9]+");

    public AdapterName {
        if (!HubName.fits(adapter) || OF_A_VERSION.matcher(adapter).matches()) {
            throw Refused.invalid(
                    "adapter",
                    "An adapter's name has letters, digits, '.', '_' or '-', at most 64, no \"--\", and does not end like '.v3'");
        }
    }

    /** Reads {@code team/adapter}; throws {@link Refused} where it is not one. */
    @JsonCreator
    public static AdapterName of(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw Refused.invalid("adapter", "An adapter is written team/adapter");
        }
        return new AdapterName(new TeamName(text.substring(0, slash)), text.substring(slash + 1));
    }

    @JsonValue
    @Override
    public String toString() {
        return team + "/" + adapter;
    }
}
