package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** A team, as it stands before the slash of {@code team/adapter}. Follows the Hub's rule for names. */
public record TeamName(@JsonValue String value) {

    @JsonCreator
    public TeamName {
        if (value.length() > 31 || !HubName.fits(value)) {
            throw Refused.invalid("team", "A team's name has letters, digits, '.', '_' or '-', at most 31");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
