package org.moraine.registry.blob;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.Blob;
import org.moraine.blobs.BlobStore;
import org.moraine.blobs.BlobWriter;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;

/**
 * A file on its way in, of which neither digest nor size is known before its end. A small one stays in memory, a bigger
 * one goes to the store as it comes. Closed before it is finished, nothing is left of it.
 */
public final class Receiving extends OutputStream {

    private final Blobs blobs;
    private final BlobStore store;
    private final long largest;
    private final ByteArrayOutputStream small = new ByteArrayOutputStream();
    private @Nullable BlobWriter big;
    private long size;

    Receiving(Blobs blobs, BlobStore store, long largest) {
        this.blobs = blobs;
        this.store = store;
        this.largest = largest;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    /** Throws {@link Refused} where the file gets too big. */
    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        size += length;
        if (size > largest) {
            throw Refused.tooLarge("size", "A file that is sent inside a commit has at most " + largest + " bytes");
        }
        if (big == null && size > Blobs.LARGEST_REGULAR) {
            big = store.writer();
            small.writeTo(big);
            small.reset();
        }
        if (big == null) {
            small.write(bytes, from, length);
        } else {
            big.write(bytes, from, length);
        }
    }

    /** Stores the file, bytes first and row second. */
    public Blob finish() throws IOException {
        if (big != null) {
            blobs.removeDamaged(big.digest());
            Blob blob = big.finish();
            boolean unused = blobs.add(blob.digest(), blob.size(), null);
            return blob;
        }
        byte[] bytes = small.toByteArray();
        Blob blob = new Blob(Digest.of(bytes), bytes.length);
        boolean unused = blobs.put(blob.digest(), blob.size(), new ByteArrayInputStream(bytes));
        return blob;
    }

    @Override
    public void close() throws IOException {
        if (big != null) {
            big.close();
        }
    }
}
