package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What a worker says of itself every few seconds.
 *
 * @param busy whether it has work, or takes no more
 * @param operationsPerSecond the floating-point operations of matrix products that its device makes in a second; null
 *     where that is not known
 */
public record WorkerPresence(
        boolean busy,
        WorkerKind kind,
        @JsonProperty("operations_per_second") @Nullable Double operationsPerSecond) {

    public WorkerPresence {
        if (kind == null) {
            throw Refused.invalid("kind", "A worker says of what kind it is");
        }
        if (operationsPerSecond != null && !(operationsPerSecond > 0)) {
            throw Refused.invalid("operations_per_second", "operations_per_second is above 0 or null");
        }
    }
}
