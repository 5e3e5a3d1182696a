package org.moraine.registry.blob;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.moraine.contracts.Digest;

/**
 * All bytes of a blob on their way: its last bytes are given out only where all of it is what its name says, so that nobody
 * takes other bytes for the blob.
 */
public abstract class CheckedBytes extends FilterInputStream {

    private final Digest digest;
    private long left;

    protected CheckedBytes(InputStream bytes, Digest digest, long size) {
        super(bytes);
        this.digest = digest;
        this.left = size;
    }

    /** Bytes on their way, before they are given out. */
    protected abstract void pass(byte[] bytes, int offset, int length) throws IOException;

    /** The digest of all bytes that passed; asked for once, when all have. */
    protected abstract Digest finish() throws IOException;

    /** What is thrown where bytes are missing or others. */
    protected IOException wrong(String how) {
        return new IOException("Blob " + digest + " " + how);
    }

    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public final int read(byte[] into, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int n = super.read(into, offset, (int) Math.min(length, left));
        if (n < 0) {
            throw wrong("ends " + left + " bytes early");
        }
        pass(into, offset, n);
        left -= n;
        if (left == 0 && !finish().equals(digest)) {
            throw wrong("holds other bytes");
        }
        return n;
    }
}
