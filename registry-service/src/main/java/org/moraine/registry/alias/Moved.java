package org.moraine.registry.alias;

import org.jspecify.annotations.Nullable;

/**
 * What came of a move.
 *
 * @param alias where it points now; null where it was taken away, or where the move waits
 * @param proposal what waits for an approval; null where none is asked
 */
public record Moved(@Nullable Alias alias, @Nullable Proposal proposal) {}
