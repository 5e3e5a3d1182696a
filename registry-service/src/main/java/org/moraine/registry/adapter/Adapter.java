package org.moraine.registry.adapter;

import java.time.Instant;
import org.moraine.contracts.AdapterName;

/**
 * An adapter.
 *
 * @param newest the number of its newest version, 0 where it has none
 */
public record Adapter(AdapterName adapter, int newest, Instant createdAt) {}
