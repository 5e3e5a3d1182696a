package org.moraine.worker.prepare;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** Whose signatures are believed. */
@ConfigMapping(prefix = "moraine.trusted")
public interface TrustedConfig {

    /**
     * Public keys on P-256 in PEM files, with the system's path separator between. Where set, a base model that comes by name from the endpoint
     * must be a registry's version that one of them signed, and as it was signed; any other is refused. So must a version that is trained further.
     */
    Optional<String> keys();
}
