package org.moraine.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/**
 * A pair of keys on P-256 in PEM, as openssl writes them, for a registry to sign with.
 *
 * @param secret readable by its owner alone
 * @param open what others verify with
 */
public record SigningKeyFiles(Path secret, Path open) {

    /** The pair in a folder, made where it is not there. */
    public static SigningKeyFiles in(Path folder) {
        SigningKeyFiles files =
                new SigningKeyFiles(folder.resolve("signing-key.pem"), folder.resolve("signing-key.pub"));
        try {
            if (!Files.exists(files.secret)) {
                KeyPairGenerator pairs = KeyPairGenerator.getInstance("EC");
                pairs.initialize(new ECGenParameterSpec("secp256r1"));
                KeyPair pair = pairs.generateKeyPair();
                Secrets.write(
                        files.open, pem("PUBLIC KEY", pair.getPublic())); // first, so that a secret has its other half
                Secrets.write(files.secret, pem("PRIVATE KEY", pair.getPrivate()));
            }
            return files;
        } catch (GeneralSecurityException | IOException e) {
            throw new StackException("The signing keys in " + folder + " cannot be made: " + e.getMessage(), e);
        }
    }

    private static String pem(String what, Key key) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
        return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----";
    }
}
