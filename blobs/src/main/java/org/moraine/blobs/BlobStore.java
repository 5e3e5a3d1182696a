package org.moraine.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;

/**
 * Blobs in a bucket, named by their SHA-256 and written once. A blob is visible whole or not at all, and never changes;
 * writing it again, also by two at once, is harmless. A put holds at most two parts of {@value #PART} bytes in memory,
 * a read only what the connection buffers. Safe for use by many threads.
 *
 * <p>Every method throws {@link IOException} where the store does not answer or refuses. What a killed process left
 * half-written is invisible, and is removed when the bucket is opened a day later, or by {@link #removeAbandoned}.
 */
public final class BlobStore implements AutoCloseable {

    /** Longer streams go up in parts of this many bytes. */
    static final int PART = 8 << 20;

    static final int MOST_PARTS = 10_000;

    static final long LARGEST = (long) PART * MOST_PARTS;
    /** Blobs fall into as many shares by the first two digits of their digest. */
    public static final int SHARES = 256;

    private static final String BLOBS = "blobs/";
    static final String INCOMING = "incoming/";
    private static final Duration LEFT_OVER = Duration.ofDays(1);

    private final BucketClient bucket;

    private BlobStore(BucketClient bucket) {
        this.bucket = bucket;
    }

    /** Opens a bucket, making it where it is absent. */
    public static BlobStore open(Bucket bucket) throws IOException {
        return open(bucket, LEFT_OVER);
    }

    /** As {@link #open(Bucket)}; removes half-written things that are older than {@code leftOver}. */
    static BlobStore open(Bucket bucket, Duration leftOver) throws IOException {
        BucketClient client = new BucketClient(bucket);
        try {
            client.make();
            BlobStore store = new BlobStore(client);
            store.removeAbandoned(leftOver);
            client.abortUnfinished(ZonedDateTime.now().minus(leftOver));
            return store;
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /** Removes the pieces that {@link #append} took of blobs, where nobody went on with the blob for a day. */
    public void removeAbandoned() throws IOException {
        removeAbandoned(LEFT_OVER);
    }

    void removeAbandoned(Duration leftOver) throws IOException {
        bucket.removeAbandoned(INCOMING, ZonedDateTime.now().minus(leftOver));
    }

    /** Throws where the store does not answer or the bucket is gone; for a health check. */
    public void check() throws IOException {
        bucket.check();
    }

    /**
     * Stores what the stream holds, whatever it is, and says what that was. Where the stream breaks, nothing of it is
     * visible.
     */
    public Blob put(InputStream bytes) throws IOException {
        try (BlobWriter writer = writer()) {
            bytes.transferTo(writer);
            return writer.finish();
        }
    }

    /** Takes bytes from one who writes them; the caller closes it. */
    public BlobWriter writer() {
        return new BlobWriter(bucket);
    }

    /**
     * Stores what the stream holds, which must be the blob named. The stream is read to its end also where the blob is
     * there already: only who has the bytes can put them.
     *
     * @param size the blob's size, or -1 where it is not known beforehand
     * @throws Refused {@code wrong_length} or {@code wrong_digest} where the stream holds something else; then, as where
     *     the stream breaks, nothing of it is visible
     */
    public Blob put(Digest digest, long size, InputStream bytes) throws IOException {
        if (size > LARGEST) {
            throw Refused.tooLarge("size", "A blob has at most " + LARGEST + " bytes, not " + size);
        }
        Incoming incoming = new Incoming(bytes, digest, size);
        byte[] first = new byte[size >= 0 && size < PART ? (int) size + 1 : PART];
        int length = incoming.fill(first);
        if (length < PART) {
            Blob blob = incoming.finish();
            bucket.put(key(digest), first, length, digest);
            return blob;
        }
        return size(digest).isPresent() ? incoming.skip(first) : putInParts(incoming, first, key(digest));
    }

    /** A blob's size; empty where it is not stored. */
    public OptionalLong size(Digest digest) throws IOException {
        return bucket.size(key(digest));
    }

    /** Reads a blob from its beginning; the caller closes the stream. Throws {@link NoSuchFileException} if absent. */
    public InputStream read(Digest digest) throws IOException {
        return bucket.read(key(digest));
    }

    /**
     * Reads a part of a blob; the caller closes the stream. Throws {@link NoSuchFileException} if absent.
     *
     * @param from the first byte
     * @param length how many bytes; the blob must have them
     */
    public InputStream read(Digest digest, long from, long length) throws IOException {
        return length == 0 ? InputStream.nullInputStream() : bucket.read(key(digest), from, length);
    }

    /** Reads blobs from their beginning, one after another, as one stream; the caller closes it. */
    public InputStream read(List<Blob> blobs) {
        return new Joined(blobs.stream()
                .map(blob -> (Joined.Part) () -> read(blob.digest()))
                .toList());
    }

    /**
     * Makes the blob that others are, one after another. It is read once to learn its digest; its bytes are put together
     * within the store where each but the last has {@value BucketClient#LEAST_PART} or more, else they are sent again.
     */
    public Blob join(List<Blob> parts) throws IOException {
        Blob whole;
        try (InputStream bytes = read(parts)) {
            whole = new Incoming(bytes, null, -1).skip(new byte[PART]);
        }
        if (size(whole.digest()).isPresent()) {
            return whole;
        }
        boolean large =
                parts.subList(0, parts.size() - 1).stream().allMatch(part -> part.size() >= BucketClient.LEAST_PART);
        if (large) {
            copyTogether(parts, key(whole.digest()));
            return whole;
        }
        try (InputStream bytes = read(parts)) {
            return put(whole.digest(), whole.size(), bytes);
        }
    }

    /**
     * The blobs of one share of {@value #SHARES} that were stored before a moment, so that all can be looked through
     * without being held in memory at once.
     */
    public List<Digest> storedBefore(int share, Instant moment) throws IOException {
        String first = String.format(Locale.ROOT, "%02x", share);
        return bucket.listBefore(BLOBS + first + "/", moment.atZone(ZoneOffset.UTC)).stream()
                .filter(name ->
                        name.matches("[0-9a-f]{64}")) // a store may list what is being put, under a name of its own
                .map(Digest::new)
                .toList();
    }

    /** How many bytes of a blob have come in by {@link #append}; 0 where none have. */
    public long received(Digest digest) throws IOException {
        long end = 0;
        for (BucketClient.Listed piece : pieces(digest)) {
            if (Long.parseLong(piece.name()) != end) {
                break;
            }
            end += piece.size();
        }
        return end;
    }

    /**
     * Takes more of a blob that comes in piece by piece, perhaps in many calls. Where the stream breaks, what came before
     * is kept in pieces of {@value #PART} bytes, and {@link #received} says where to go on. When all has come the blob is
     * put together and held against its digest, and the pieces are removed. Pieces of an upload that nobody goes on with
     * for a day are removed by {@link #removeAbandoned}.
     *
     * @param from where the stream's first byte belongs; must be what {@link #received} says
     * @param size the whole blob's size
     * @return how many bytes are there now
     * @throws Refused {@code wrong_offset}, {@code wrong_length}, or {@code wrong_digest}, after which nothing is left
     */
    public long append(Digest digest, long from, long size, InputStream bytes) throws IOException {
        if (size > LARGEST) {
            throw Refused.tooLarge("size", "A blob has at most " + LARGEST + " bytes, not " + size);
        }
        long there = received(digest);
        if (from != there) {
            throw new Refused(new Problem(
                    Problem.Category.CONFLICT,
                    "wrong_offset",
                    there + " bytes of the blob are there; go on from there, not from " + from,
                    "upload_offset"));
        }
        byte[] piece = new byte[(int) Math.min(PART, size - there + 1)];
        for (int length; (length = bytes.readNBytes(piece, 0, piece.length)) > 0; there += length) {
            if (there + length > size) {
                throw Refused.invalid(
                        "wrong_length", "upload_length", "There are more bytes than the " + size + " announced");
            }
            MessageDigest sha256 = Digest.sha256();
            sha256.update(piece, 0, length);
            bucket.put(pieceKey(digest, there), piece, length, Digest.finished(sha256));
        }
        if (there == size) {
            putTogether(digest, size);
        }
        return there;
    }

    private void putTogether(Digest digest, long size) throws IOException {
        List<BucketClient.Listed> pieces = pieces(digest);
        try (InputStream whole = new Joined(pieces.stream()
                .map(piece -> (Joined.Part) () -> bucket.read(piecesOf(digest) + piece.name()))
                .toList())) {
            put(digest, size, whole);
        } catch (Refused refused) {
            removePieces(digest, pieces);
            throw refused;
        }
        removePieces(digest, pieces);
    }

    private void removePieces(Digest digest, List<BucketClient.Listed> pieces) throws IOException {
        for (BucketClient.Listed piece : pieces) {
            bucket.delete(piecesOf(digest) + piece.name());
        }
    }

    /** In the order of their offsets, which are their names. */
    private List<BucketClient.Listed> pieces(Digest digest) throws IOException {
        return bucket.list(piecesOf(digest)).stream()
                .sorted(Comparator.comparing(BucketClient.Listed::name))
                .toList();
    }

    private static String pieceKey(Digest digest, long offset) {
        return piecesOf(digest) + String.format(Locale.ROOT, "%015d", offset);
    }

    private static String piecesOf(Digest digest) {
        return INCOMING + digest + "/";
    }

    /** Removes a blob; nothing happens where it is absent. */
    public void delete(Digest digest) throws IOException {
        bucket.delete(key(digest));
    }

    @Override
    public void close() {
        bucket.close();
    }

    private void copyTogether(List<Blob> parts, String key) throws IOException {
        PartUpload upload = bucket.startUpload(key);
        try {
            for (Blob part : parts) {
                upload.copy(key(part.digest()));
            }
            upload.complete();
        } catch (IOException | RuntimeException e) {
            upload.abort(e);
            throw e;
        }
    }

    private Blob putInParts(Incoming incoming, byte[] first, String key) throws IOException {
        PartUpload upload = bucket.startUpload(key);
        try {
            byte[] filled = first;
            byte[] other = new byte[PART];
            int length = PART;
            while (length > 0) {
                upload.send(filled, length);
                byte[] sending = filled;
                filled = other;
                other = sending;
                length = incoming.fill(filled); // while the store takes the part before
            }
            Blob blob = incoming.finish();
            upload.complete();
            return blob;
        } catch (IOException | RuntimeException e) {
            upload.abort(e);
            throw e;
        }
    }

    static String key(Digest digest) {
        return BLOBS + digest.hex().substring(0, 2) + "/" + digest;
    }
}
