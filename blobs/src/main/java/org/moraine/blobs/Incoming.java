package org.moraine.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;

/** A caller's stream on its way in: hashed and counted while it is read, and held against what it said it was. */
final class Incoming {

    private final InputStream bytes;
    private final @Nullable Digest expected;
    private final long size;
    private final MessageDigest sha256 = Digest.sha256();
    private long count;

    /** Takes the size as -1 where it is not known. */
    Incoming(InputStream bytes, @Nullable Digest expected, long size) {
        this.bytes = bytes;
        this.expected = expected;
        this.size = size;
    }

    /** Reads until the buffer is full or the stream ends; 0 at the end. Refuses more bytes than were announced. */
    int fill(byte[] buffer) throws IOException {
        int length = bytes.readNBytes(buffer, 0, buffer.length);
        sha256.update(buffer, 0, length);
        count += length;
        if (size >= 0 && count > size) {
            throw Refused.invalid("wrong_length", "size", "There are more bytes than the " + size + " announced");
        }
        if (count > (long) BlobStore.PART * BlobStore.MOST_PARTS) {
            throw Refused.tooLarge("size", "A blob has at most " + BlobStore.MOST_PARTS + " times 8 MiB");
        }
        return length;
    }

    /** Reads to the end without keeping anything. */
    Blob skip(byte[] buffer) throws IOException {
        while (fill(buffer) > 0) {}
        return finish();
    }

    /** What the stream held, now that it has ended. */
    Blob finish() {
        if (size >= 0 && count != size) {
            throw Refused.invalid("wrong_length", "size", "There are " + count + " bytes, but " + size + " announced");
        }
        Digest digest = Digest.finished(sha256);
        if (expected != null && !expected.equals(digest)) {
            throw Refused.invalid(
                    "wrong_digest",
                    "digest",
                    "The SHA-256 of the " + count + " bytes is " + digest + ", not " + expected);
        }
        return new Blob(digest, count);
    }
}
