package org.moraine.registry.mirror;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.moraine.contracts.Digest;
import org.moraine.registry.blob.Receiving;

/**
 * A file of the other Hub on its way to who pulls it, and into the store: its last bytes are given out only when all of it
 * is stored and is what it was said to be. Closed before that, nothing of it is kept.
 */
final class Fetched extends FilterInputStream {

    private final Receiving store;
    private final Digest digest;
    private long left;

    Fetched(InputStream bytes, Receiving store, Digest digest, long size) {
        super(bytes);
        this.store = store;
        this.digest = digest;
        this.left = size;
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
            throw new IOException("Blob " + digest + " ends " + left + " bytes early where it comes from");
        }
        store.write(into, offset, n);
        left -= n;
        if (left == 0 && !store.finish().digest().equals(digest)) {
            throw new IOException("Blob " + digest + " is another where it comes from");
        }
        return n;
    }

    @Override
    public void close() throws IOException {
        try (store) {
            super.close();
        }
    }
}
