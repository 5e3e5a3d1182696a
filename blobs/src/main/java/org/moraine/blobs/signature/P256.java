package org.moraine.blobs.signature;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.moraine.contracts.Digest;

/** Keys on P-256, the one curve that signatures here are on, as PEM has them. */
final class P256 {

    static final String ALGORITHM = "SHA256withECDSA";

    private static final int BITS = 256;

    private P256() {}

    static PrivateKey secret(Path file) throws IOException {
        try {
            byte[] bytes = decoded(Files.readString(file, StandardCharsets.US_ASCII), "PRIVATE KEY", file);
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(bytes));
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " is no private key on P-256: " + e.getMessage(), e);
        }
    }

    static PublicKey open(Path file) throws IOException {
        return open(Files.readString(file, StandardCharsets.US_ASCII), file);
    }

    /** Where the text comes from is said where it is no key. */
    static PublicKey open(String pem, Object from) throws IOException {
        try {
            byte[] bytes = decoded(pem, "PUBLIC KEY", from);
            PublicKey key = KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(bytes));
            if (((ECPublicKey) key).getParams().getCurve().getField().getFieldSize() != BITS) {
                throw new IOException(from + " is not on the curve P-256");
            }
            return key;
        } catch (GeneralSecurityException e) {
            throw new IOException(from + " is no public key on P-256: " + e.getMessage(), e);
        }
    }

    private static byte[] decoded(String pem, String what, Object from) throws IOException {
        if (!pem.contains("-----BEGIN " + what + "-----")) {
            throw new IOException(from + " is no " + what + " in PEM");
        }
        return Base64.getMimeDecoder()
                .decode(pem.replaceAll("(?s).*-----BEGIN " + what + "-----(.*)-----END " + what + "-----.*", "$1"));
    }

    static String pem(PublicKey key) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
        return "-----BEGIN PUBLIC KEY-----\n" + lines + "\n-----END PUBLIC KEY-----\n";
    }

    /** What names a public key in a signature: its PEM's SHA-256. */
    static String digest(PublicKey key) {
        return Digest.of(pem(key).getBytes(StandardCharsets.US_ASCII)).hex();
    }
}
