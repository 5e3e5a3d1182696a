package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A worker's timed right to one attempt.
 *
 * @param until when it runs out unless renewed
 * @param command what the worker is to do instead of going on, null where nothing
 * @param spec what to train
 */
public record Lease(
        JobId job,
        int attempt,
        Instant until,
        @JsonProperty("command") JobCommand.@Nullable Kind command,
        JobSpec spec) {

    /** What a worker sends to claim the attempt of a {@link Dispatch}. */
    public record Claim(JobId job, int attempt, String worker) {}
}
