package org.moraine.registry.blob;

import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;

/**
 * A file that came in and is stored.
 *
 * @param gitSha1 git's name of the bytes; null for a big file
 */
public record Received(Digest digest, long size, @Nullable String gitSha1) {}
