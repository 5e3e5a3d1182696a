package org.moraine.registry.blob;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.moraine.contracts.Digest;

/**
 * A whole blob, hashed while it is read: its last bytes are given out only where all of it is what its name says, so that
 * nobody takes damaged bytes for the blob.
 */
final class Verified extends FilterInputStream {

    private final Digest digest;
    private final Runnable otherwise;
    private final MessageDigest sha256 = Digest.sha256();
    private long left;

    /** Calls {@code otherwise} where the bytes are others, before it throws. */
    Verified(InputStream bytes, Digest digest, long size, Runnable otherwise) {
        super(bytes);
        this.digest = digest;
        this.left = size;
        this.otherwise = otherwise;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int n = super.read(into, offset, (int) Math.min(length, left));
        if (n < 0) {
            throw damaged("ends " + left + " bytes early");
        }
        sha256.update(into, offset, n);
        left -= n;
        if (left == 0 && !Digest.finished(sha256).equals(digest)) {
            throw damaged("holds other bytes");
        }
        return n;
    }

    private IOException damaged(String how) {
        otherwise.run();
        return new IOException("Blob " + digest + " " + how);
    }
}
