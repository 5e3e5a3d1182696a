package org.moraine.registry.adapter;

import java.time.Instant;
import org.moraine.contracts.AdapterName;

/**
 * An adapter.
 *
 * @param newest the number of its newest version; there are as many
 */
public record Adapter(AdapterName adapter, int newest, Instant createdAt) {}
