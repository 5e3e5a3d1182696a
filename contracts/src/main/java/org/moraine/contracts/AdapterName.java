package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** An adapter as clients write it, {@code team/adapter}. */
public record AdapterName(TeamName team, String adapter) {

    public AdapterName {
        if (!HubName.fits(adapter)) {
            throw Refused.invalid(
                    "adapter", "An adapter's name has letters, digits, '.', '_' or '-', at most 64, no \"--\"");
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
