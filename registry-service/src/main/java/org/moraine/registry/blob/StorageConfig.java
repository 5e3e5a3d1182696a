package org.moraine.registry.blob;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.util.Optional;

/** The object store that keeps the blobs. */
@ConfigMapping(prefix = "moraine.s3")
interface StorageConfig {

    /** Where it answers, such as {@code http://127.0.0.1:9000}; from {@code MORAINE_S3_ENDPOINT}. */
    URI endpoint();

    /** From {@code MORAINE_S3_ACCESS_KEY}. */
    String accessKey();

    /** A secret; from {@code MORAINE_S3_SECRET_KEY}. */
    String secretKey();

    /** Goes into the signatures; from {@code MORAINE_S3_REGION}. */
    @WithDefault("us-east-1")
    String region();

    /**
     * Where pullers reach the store, on a host of its own, such as {@code https://store.example.com}; where set, large
     * files are answered with a link there instead of their bytes.
     */
    Optional<URI> linkEndpoint();

    /** Made at start where it is absent. */
    @WithDefault("moraine-registry")
    String bucket();
}
