package org.moraine.worker.prepare;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.net.URI;
import java.util.Optional;

/** The object store of base models; where it is not told whole, their {@code s3://} names are refused. */
@ConfigMapping(prefix = "moraine.s3")
public interface StoreConfig {

    /** Where it answers, such as {@code http://127.0.0.1:9000}. */
    Optional<URI> endpoint();

    /** Its region. */
    @WithDefault("us-east-1")
    String region();

    /** An access key that may read. */
    @WithName("access.key")
    Optional<String> accessKey();

    /** A secret. */
    @WithName("secret.key")
    Optional<String> secretKey();
}
