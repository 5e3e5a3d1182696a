package org.moraine.registry.mirror;

import java.io.IOException;
import java.io.InputStream;
import org.moraine.contracts.Digest;
import org.moraine.registry.blob.CheckedBytes;
import org.moraine.registry.blob.Receiving;

/**
 * A file of the other Hub on its way to who pulls it, and into the store, where all of it is before its last bytes are given
 * out. Closed before that, nothing of it is kept.
 */
final class Fetched extends CheckedBytes {

    private final Receiving store;

    Fetched(InputStream bytes, Receiving store, Digest digest, long size) {
        super(bytes, digest, size);
        this.store = store;
    }

    @Override
    protected void pass(byte[] bytes, int offset, int length) throws IOException {
        store.write(bytes, offset, length);
    }

    @Override
    protected Digest finish() throws IOException {
        return store.finish().digest();
    }

    @Override
    protected IOException wrong(String how) {
        return super.wrong(how + " where it comes from");
    }

    @Override
    public void close() throws IOException {
        try (store) {
            super.close();
        }
    }
}
