package org.moraine.registry.webhook;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a team is told.
 *
 * @param disabledAt since when nothing is sent; null while it is
 * @param waiting how many events it has not taken yet
 */
record Webhook(String id, URI url, Instant madeAt, @Nullable Instant disabledAt, int waiting) {}
