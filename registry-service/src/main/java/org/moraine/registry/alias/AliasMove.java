package org.moraine.registry.alias;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One move of an alias.
 *
 * @param from null where it was made
 * @param to null where it was taken away
 * @param approvedBy null where no approval was asked
 */
record AliasMove(
        long move,
        @Nullable Integer from,
        @Nullable Integer to,
        String movedBy,
        Instant movedAt,
        @Nullable String approvedBy) {}
