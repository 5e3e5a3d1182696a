package org.moraine.blobs;

import org.moraine.contracts.Digest;

/** Bytes that are stored: their name and their number. */
public record Blob(Digest digest, long size) {}
