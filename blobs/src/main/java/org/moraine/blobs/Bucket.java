package org.moraine.blobs;

/**
 * Where a {@link BlobStore} keeps its blobs.
 *
 * @param name the bucket, made where it is absent
 */
public record Bucket(Store store, String name) {}
