package org.moraine.blobs.signature;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The public keys whose signatures are believed; several while a key is replaced. */
public final class TrustedKeys {

    private final List<PublicKey> keys;

    private TrustedKeys(List<PublicKey> keys) {
        this.keys = List.copyOf(keys);
    }

    /** Reads a public key on P-256 from each PEM file; throws where one is none. */
    public static TrustedKeys read(List<Path> files) throws IOException {
        List<PublicKey> keys = new ArrayList<>();
        for (Path file : files) {
            keys.add(P256.open(file));
        }
        return new TrustedKeys(keys);
    }

    /** The one public key that a PEM text holds. */
    public static TrustedKeys of(String pem) throws IOException {
        return new TrustedKeys(List.of(P256.open(pem, "what came")));
    }

    /** The digest of the key that signed the bytes; empty where none of these did. */
    Optional<String> signer(byte[] bytes, byte[] signature) {
        return keys.stream()
                .filter(key -> verifies(key, bytes, signature))
                .findFirst()
                .map(P256::digest);
    }

    static boolean verifies(PublicKey key, byte[] bytes, byte[] signature) {
        try {
            Signature check = Signature.getInstance(P256.ALGORITHM);
            check.initVerify(key);
            check.update(bytes);
            return check.verify(signature);
        } catch (GeneralSecurityException e) {
            return false; // what is no signature at all
        }
    }
}
