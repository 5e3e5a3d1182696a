package org.moraine.registry.signature;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.moraine.contracts.Digest;

/** A pair of keys on P-256, the one curve that a signature of ours is on. */
final class SigningKey {

    private static final String ALGORITHM = "SHA256withECDSA";
    private static final int P256 = 256;

    private final PrivateKey secret;
    private final String pem;

    private SigningKey(PrivateKey secret, String pem) {
        this.secret = secret;
        this.pem = pem;
    }

    /** Reads both from PEM files; throws where they are no such keys or do not belong together. */
    static SigningKey read(Path secretFile, Path publicFile) throws IOException {
        try {
            KeyFactory keys = KeyFactory.getInstance("EC");
            PrivateKey secret = keys.generatePrivate(new PKCS8EncodedKeySpec(decoded(secretFile, "PRIVATE KEY")));
            PublicKey open = keys.generatePublic(new X509EncodedKeySpec(decoded(publicFile, "PUBLIC KEY")));
            if (((ECPublicKey) open).getParams().getCurve().getField().getFieldSize() != P256) {
                throw new IOException(publicFile + " is not on the curve P-256");
            }
            SigningKey key = new SigningKey(secret, pem(open));
            byte[] probe = "a probe".getBytes(StandardCharsets.US_ASCII);
            Signature check = Signature.getInstance(ALGORITHM);
            check.initVerify(open);
            check.update(probe);
            if (!check.verify(key.sign(probe))) {
                throw new IOException(publicFile + " does not belong to " + secretFile);
            }
            return key;
        } catch (GeneralSecurityException e) {
            throw new IOException("The signing keys cannot be read: " + e.getMessage(), e);
        }
    }

    private static byte[] decoded(Path file, String what) throws IOException {
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        if (!text.contains("-----BEGIN " + what + "-----")) {
            throw new IOException(file + " is no " + what + " in PEM");
        }
        return Base64.getMimeDecoder()
                .decode(text.replaceAll("(?s).*-----BEGIN " + what + "-----(.*)-----END " + what + "-----.*", "$1"));
    }

    private static String pem(PublicKey key) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
        return "-----BEGIN PUBLIC KEY-----\n" + lines + "\n-----END PUBLIC KEY-----\n";
    }

    /** The signature in DER. */
    byte[] sign(byte[] bytes) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(secret);
            signature.update(bytes);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The signing key does not sign", e);
        }
    }

    /** The public key. */
    String pem() {
        return pem;
    }

    /** What names the public key in a signature: its PEM's SHA-256. */
    String digest() {
        return Digest.of(pem.getBytes(StandardCharsets.US_ASCII)).hex();
    }

    @Override
    public String toString() {
        return "***";
    }
}
