package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** A job's identifier, {@code ftjob-} and 24 letters or digits, as OpenAI's clients expect it. */
public record JobId(@JsonValue String value) {

    private static final Pattern SHAPE = Pattern.compile("ftjob-[A-Za-z0-9]{24}");

    @JsonCreator
    public JobId {
        if (!SHAPE.matcher(value).matches()) {
            throw Refused.invalid("fine_tuning_job_id", "A job's id is 'ftjob-' and 24 letters or digits");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
