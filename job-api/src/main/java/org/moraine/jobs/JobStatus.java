package org.moraine.jobs;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Set;

/** Where a job stands, in OpenAI's words; the only list of legal moves. */
public enum JobStatus {
    VALIDATING_FILES,
    QUEUED,
    /** Taken by a worker once. A job that waits for another attempt stays running: no status goes back but by a resume or a requeue. */
    RUNNING,
    /** Held by its team, with no attempt under way and none due; resumed it is queued again. */
    PAUSED,
    SUCCEEDED,
    /** Ended without an adapter. One whose attempts are spent can be queued again, by a person alone. */
    FAILED,
    CANCELLED;

    /** Where a job may go from here; no default, so that a new status must take its place here. */
    public Set<JobStatus> next() {
        return switch (this) {
            case VALIDATING_FILES -> Set.of(QUEUED, FAILED, CANCELLED);
            case QUEUED -> Set.of(RUNNING, PAUSED, FAILED, CANCELLED);
            case RUNNING -> Set.of(PAUSED, SUCCEEDED, FAILED, CANCELLED);
            case PAUSED -> Set.of(QUEUED, CANCELLED);
            case FAILED -> Set.of(QUEUED);
            case SUCCEEDED, CANCELLED -> Set.of();
        };
    }

    public boolean ended() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }

    /** The word of the wire and of the table. */
    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static JobStatus of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
