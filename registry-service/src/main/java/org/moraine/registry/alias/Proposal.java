package org.moraine.registry.alias;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;

/**
 * A move of an alias that needs an approval.
 *
 * @param from where the alias pointed when it was asked for; null where there was none
 * @param to null where it is to be taken away
 * @param approved null while it waits
 */
public record Proposal(
        long proposal,
        AdapterName adapter,
        String alias,
        @Nullable Integer from,
        @Nullable Integer to,
        String proposedBy,
        Instant proposedAt,
        @Nullable Boolean approved,
        @Nullable String decidedBy,
        @Nullable Instant decidedAt) {}
