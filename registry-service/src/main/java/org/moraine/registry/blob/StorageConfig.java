package org.moraine.registry.blob;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;

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

    /** Made at start where it is absent. */
    @WithDefault("moraine-registry")
    String bucket();
}
