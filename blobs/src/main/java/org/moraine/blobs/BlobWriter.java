package org.moraine.blobs;

import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;

/**
 * Takes bytes whose digest is known only when all have come. Up to a part of them stays in memory; more goes to the store
 * under a passing key, one part on its way while the next is filled. Nothing is visible before {@link #finish}; closed
 * before that, nothing is left.
 */
public final class BlobWriter extends OutputStream {

    private final BucketClient bucket;
    private final MessageDigest sha256 = Digest.sha256();
    private final String passing = BlobStore.INCOMING + UUID.randomUUID();
    private byte[] filling = new byte[BlobStore.PART];
    private byte[] other = new byte[0];
    private int length;
    private long count;
    private @Nullable PartUpload upload;

    BlobWriter(BucketClient bucket) {
        this.bucket = bucket;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int many) throws IOException {
        int done = 0;
        while (done < many) {
            if (length == filling.length) {
                send();
            }
            int taken = Math.min(many - done, filling.length - length);
            System.arraycopy(bytes, from + done, filling, length, taken);
            length += taken;
            done += taken;
        }
    }

    /** What that which was written by now is called. */
    public Digest digest() {
        try {
            MessageDigest so = (MessageDigest) sha256.clone();
            so.update(filling, 0, length);
            return Digest.finished(so);
        } catch (CloneNotSupportedException e) {
            throw new AssertionError("the JDK's SHA-256 can be cloned", e);
        }
    }

    /** Stores what was written. */
    public Blob finish() throws IOException {
        if (upload == null) {
            sha256.update(filling, 0, length);
            Blob blob = new Blob(Digest.finished(sha256), length);
            bucket.put(BlobStore.key(blob.digest()), filling, length, blob.digest());
            return blob;
        }
        if (length > 0) {
            send();
        }
        Blob blob = new Blob(Digest.finished(sha256), count);
        upload.complete();
        upload = null;
        try {
            String key = BlobStore.key(blob.digest());
            if (bucket.size(key).isEmpty()) {
                bucket.copy(passing, key);
            }
        } finally {
            bucket.delete(passing);
        }
        return blob;
    }

    private void send() throws IOException {
        if (upload == null) {
            upload = bucket.startUpload(passing);
            other = new byte[BlobStore.PART];
        }
        count += length;
        if (count > BlobStore.LARGEST) {
            throw Refused.tooLarge("size", "A blob has at most " + BlobStore.LARGEST + " bytes");
        }
        sha256.update(filling, 0, length);
        upload.send(filling, length);
        byte[] sending = filling;
        filling = other; // the store has done with it: it waited for the part before
        other = sending;
        length = 0;
    }

    @Override
    public void close() throws IOException {
        if (upload != null) {
            IOException givenUp = new IOException("Given up before it was finished");
            upload.abort(givenUp);
            upload = null;
        }
    }
}
