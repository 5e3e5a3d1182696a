package org.moraine.worker;

import io.smallrye.config.ConfigMapping;
import java.net.URI;

/** Where registry-service is. */
@ConfigMapping(prefix = "moraine.registry")
public interface RegistryConfig {

    /** registry-service's root, such as {@code http://registry-service:8081}. */
    URI url();
}
