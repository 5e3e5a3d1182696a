package org.moraine.blobs.signature;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** A pair of keys that signs. */
public final class SigningKey {

    private final PrivateKey secret;
    private final PublicKey open;

    private SigningKey(PrivateKey secret, PublicKey open) {
        this.secret = secret;
        this.open = open;
    }

    /** Reads both from PEM files; throws where they are no keys on P-256 or do not belong together. */
    public static SigningKey read(Path secretFile, Path publicFile) throws IOException {
        SigningKey key = new SigningKey(P256.secret(secretFile), P256.open(publicFile));
        byte[] probe = "a probe".getBytes(StandardCharsets.US_ASCII);
        if (!TrustedKeys.verifies(key.open, probe, key.sign(probe))) {
            throw new IOException(publicFile + " does not belong to " + secretFile);
        }
        return key;
    }

    /** The signature in DER. */
    byte[] sign(byte[] bytes) {
        try {
            Signature signature = Signature.getInstance(P256.ALGORITHM);
            signature.initSign(secret);
            signature.update(bytes);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The signing key does not sign", e);
        }
    }

    /** The public key. */
    public String pem() {
        return P256.pem(open);
    }

    /** What names the public key in a signature. */
    public String digest() {
        return P256.digest(open);
    }

    @Override
    public String toString() {
        return "***";
    }
}
