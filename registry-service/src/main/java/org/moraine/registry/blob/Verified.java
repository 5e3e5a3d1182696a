package org.moraine.registry.blob;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.moraine.contracts.Digest;

/** A whole blob out of the store, hashed while it is read. */
final class Verified extends CheckedBytes {

    private final Runnable otherwise;
    private final MessageDigest sha256 = Digest.sha256();

    /** Calls {@code otherwise} where the bytes are others, before it throws. */
    Verified(InputStream bytes, Digest digest, long size, Runnable otherwise) {
        super(bytes, digest, size);
        this.otherwise = otherwise;
    }

    @Override
    protected void pass(byte[] bytes, int offset, int length) {
        sha256.update(bytes, offset, length);
    }

    @Override
    protected Digest finish() {
        return Digest.finished(sha256);
    }

    @Override
    protected IOException wrong(String how) {
        otherwise.run();
        return super.wrong(how);
    }
}
