package org.moraine.contracts;

/** The bytes of a file that a job reads: which they are, and how many. */
public record DataFile(Digest digest, long bytes) {}
