package org.moraine.registry.signature;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.Optional;

/** The key that versions are signed with; without one they are not. */
@ConfigMapping(prefix = "moraine.signing")
interface SigningConfig {

    /** An EC private key on P-256, PKCS #8 in PEM; a secret. */
    Optional<Path> keyFile();

    /** The public key that goes with it, in PEM. */
    Optional<Path> publicKeyFile();
}
