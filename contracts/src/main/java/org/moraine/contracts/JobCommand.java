package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a worker is told about a job it trains; carried by the topic {@code moraine.job-commands}, keyed by job. */
public record JobCommand(JobId job, int attempt, Kind kind) {

    public static final String TOPIC = "moraine.job-commands";

    /** The commands there are. */
    public enum Kind {
        @JsonProperty("cancel")
        CANCEL,
        @JsonProperty("pause")
        PAUSE
    }
}
