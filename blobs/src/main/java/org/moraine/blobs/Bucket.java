package org.moraine.blobs;

import java.net.URI;

/**
 * Where a {@link BlobStore} keeps its blobs and how it is let in.
 *
 * @param endpoint such as {@code http://127.0.0.1:9000}
 * @param region such as {@code us-east-1}; it goes into the signatures
 * @param name the bucket, made where it is absent
 */
public record Bucket(URI endpoint, String region, String name, String accessKey, String secretKey) {

    @Override
    public String toString() {
        return name + " at " + endpoint + ", access key ***";
    }
}
