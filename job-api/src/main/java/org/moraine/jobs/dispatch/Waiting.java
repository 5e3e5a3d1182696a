package org.moraine.jobs.dispatch;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * Why a job that is to be trained is not.
 *
 * @param position its place among the jobs that wait, from 1, as the order stands now; null where it has none
 */
public record Waiting(
        Reason reason, String message, @Nullable Integer position) {

    /** The reasons there are. */
    public enum Reason {
        /** No worker is there. */
        @JsonProperty("no_worker")
        NO_WORKER,
        /** Workers are there, and none of them has what the job needs. */
        @JsonProperty("none_fits")
        NONE_FITS,
        /** Every worker that fits has work, or will have that of a job before this one. */
        @JsonProperty("busy")
        BUSY,
        /** An attempt brought nothing, and the next one is not due yet. */
        @JsonProperty("backing_off")
        BACKING_OFF
    }
}
