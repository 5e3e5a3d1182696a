package org.moraine.registry.blob;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What git calls some bytes: the SHA-1 over {@code blob}, their number and themselves. The Hub's name of small files. */
public final class GitHash {

    private final MessageDigest sha1;

    private GitHash(long size) {
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-1", e);
        }
        sha1.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
    }

    static GitHash ofSize(long size) {
        return new GitHash(size);
    }

    /** The name of a text in ASCII. */
    public static String of(String text) {
        GitHash hash = new GitHash(text.length());
        hash.sha1.update(text.getBytes(StandardCharsets.US_ASCII));
        return hash.finish();
    }

    /** Hashes what is read through the stream. */
    InputStream over(InputStream bytes) {
        return new DigestInputStream(bytes, sha1);
    }

    String finish() {
        return HexFormat.of().formatHex(sha1.digest());
    }
}
