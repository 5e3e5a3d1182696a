package org.moraine.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.moraine.blobs.BlobStore.PART;

import io.minio.CreateMultipartUploadArgs;
import io.minio.ListMultipartUploadsArgs;
import io.minio.ListObjectsArgs;
import io.minio.MinioAsyncClient;
import io.minio.PutObjectArgs;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;

class BlobStoreTest {

    private static TestStore server;

    private final Random random = new Random(7);
    private Bucket bucket;
    private BlobStore store;
    private MinioAsyncClient raw;

    @BeforeAll
    static void startServer() throws IOException {
        server = TestStore.start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    @BeforeEach
    void openAFreshBucket() throws IOException {
        bucket = server.bucket("test-" + UUID.randomUUID());
        store = BlobStore.open(bucket);
        raw = server.raw();
    }

    @AfterEach
    void close() {
        store.close();
        raw.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 4711})
    void whatIsPutIsReadBackByItsDigest(int size) throws IOException {
        byte[] bytes = bytes(size);

        Blob named = store.put(Digest.of(bytes), size, new ByteArrayInputStream(bytes));
        byte[] other = bytes(size);
        Blob unnamed = store.put(new Trickle(other));

        assertThat(named).isEqualTo(new Blob(Digest.of(bytes), size));
        assertThat(read(named.digest())).isEqualTo(bytes);
        assertThat(unnamed).isEqualTo(new Blob(Digest.of(other), size));
        assertThat(read(unnamed.digest())).isEqualTo(other);
        assertThat(store.size(named.digest())).hasValue(size);
        assertThat(keys()).allMatch(key -> key.startsWith("blobs/"));
        assertThat(unfinishedUploads()).isZero();
    }

    @Test
    void anyRangeIsReadAsItStandsInTheBlob() throws IOException {
        byte[] bytes = bytes(PART + 999);
        Digest digest = store.put(new ByteArrayInputStream(bytes)).digest();

        for (int i = 0; i < 50; i++) {
            int from = random.nextInt(bytes.length);
            int length = random.nextInt(Math.min(bytes.length - from, 100_000) + 1);

            try (InputStream range = store.read(digest, from, length)) {
                assertThat(range.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, from, from + length));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, PART + 10})
    void bytesOfAnotherDigestAreRefusedAndLeaveNothing(int size) throws IOException {
        byte[] bytes = bytes(size);
        Digest other = Digest.of(new byte[] {1});

        assertThatThrownBy(() -> store.put(other, size, new ByteArrayInputStream(bytes)))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo("wrong_digest"))
                .hasMessageContaining(Digest.of(bytes).hex());
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(ints = {10, PART - 1, PART, PART + 10})
    void anotherLengthThanAnnouncedIsRefusedAndLeavesNothing(int size) throws IOException {
        byte[] bytes = bytes(size);

        for (int announced : new int[] {0, size - 1, size + 1, 3 * size}) {
            assertThatThrownBy(() -> store.put(Digest.of(bytes), announced, new ByteArrayInputStream(bytes)))
                    .isInstanceOfSatisfying(
                            Refused.class,
                            refused -> assertThat(refused.problem().code()).isEqualTo("wrong_length"));
        }
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(ints = {10, PART, 3 * PART})
    void aStreamThatBreaksLeavesNothing(int at) throws IOException {
        byte[] bytes = bytes(at);

        assertThatThrownBy(() -> store.put(Digest.of(bytes), at, new Broken(bytes)))
                .isInstanceOf(IOException.class)
                .hasMessage("cut off");
        assertThatThrownBy(() -> store.put(new Broken(bytes)))
                .isInstanceOf(IOException.class)
                .hasMessage("cut off");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(ints = {100, PART + 100})
    void puttingABlobAgainIsHarmlessAndStillChecksTheBytes(int size) throws IOException {
        byte[] bytes = bytes(size);
        Digest digest = store.put(new ByteArrayInputStream(bytes)).digest();

        Blob again = store.put(digest, size, new ByteArrayInputStream(bytes));
        Blob unnamed = store.put(new ByteArrayInputStream(bytes));

        assertThat(again).isEqualTo(unnamed).isEqualTo(new Blob(digest, size));
        assertThatThrownBy(() -> store.put(digest, size, new ByteArrayInputStream(new byte[size])))
                .isInstanceOf(Refused.class);
        assertThat(read(digest)).isEqualTo(bytes);
        assertThat(keys()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, PART + 1000})
    void manyWhoPutTheSameBlobAtOnceAllSucceed(int size) throws Exception {
        byte[] bytes = bytes(size);
        Callable<Blob> put = () -> store.put(Digest.of(bytes), size, new ByteArrayInputStream(bytes));
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            for (Future<Blob> blob : threads.invokeAll(List.of(put, put, put))) {
                assertThat(blob.get()).isEqualTo(new Blob(Digest.of(bytes), size));
            }
        } finally {
            threads.shutdown();
        }
        assertThat(read(Digest.of(bytes))).isEqualTo(bytes);
        assertThat(unfinishedUploads()).isZero();
    }

    @Test
    void aBlobLargerThanTheHeapPassesThrough() throws IOException {
        long size = Runtime.getRuntime().maxMemory() + (32 << 20);
        MessageDigest expected = Digest.sha256();
        Random same = new Random(3);
        byte[] piece = new byte[1 << 16];
        for (long done = 0; done < size; done += piece.length) {
            same.nextBytes(piece);
            expected.update(piece, 0, (int) Math.min(piece.length, size - done));
        }

        Blob blob = store.put(new RandomStream(3, size));

        assertThat(blob).isEqualTo(new Blob(Digest.finished(expected), size));
        MessageDigest read = Digest.sha256();
        try (InputStream bytes = store.read(blob.digest())) {
            for (int n = bytes.read(piece); n >= 0; n = bytes.read(piece)) {
                read.update(piece, 0, n);
            }
        }
        assertThat(Digest.finished(read)).isEqualTo(blob.digest());
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "10 20 0 30", "5242880 5242880 3", "5242880 100 5242880"})
    void joinedBlobsAreTheBlobOfTheirBytesInOrder(String sizes) throws IOException {
        ByteArrayOutputStream together = new ByteArrayOutputStream();
        List<Blob> parts = new ArrayList<>();
        for (String size : sizes.split(" ")) {
            byte[] bytes = bytes(Integer.parseInt(size));
            together.writeBytes(bytes);
            parts.add(store.put(new ByteArrayInputStream(bytes)));
        }

        Blob whole = store.join(parts);

        assertThat(whole).isEqualTo(new Blob(Digest.of(together.toByteArray()), together.size()));
        assertThat(read(whole.digest())).isEqualTo(together.toByteArray());
        assertThat(store.join(parts)).isEqualTo(whole);
        assertThat(unfinishedUploads()).isZero();
    }

    @Test
    void blobsAreFoundByTheirShareAndAge() throws IOException {
        Digest digest = store.put(new ByteArrayInputStream(bytes(20))).digest();
        int share = Integer.parseInt(digest.hex().substring(0, 2), 16);

        assertThat(store.storedBefore(share, Instant.now().plusSeconds(5))).containsExactly(digest);
        assertThat(store.storedBefore(share, Instant.now().minusSeconds(60))).isEmpty();
        assertThat(store.storedBefore(
                        (share + 1) % BlobStore.SHARES, Instant.now().plusSeconds(5)))
                .isEmpty();
    }

    @Test
    void aBlobComesInPieceByPieceAndGoesOnWhereAStreamBroke() throws IOException {
        byte[] bytes = bytes(2 * PART + 4711);
        Digest digest = Digest.of(bytes);
        assertThat(store.append(digest, 0, bytes.length, new ByteArrayInputStream(bytes, 0, 1000)))
                .isEqualTo(1000);

        assertThatThrownBy(() -> store.append(
                        digest, 1000, bytes.length, new Broken(Arrays.copyOfRange(bytes, 1000, 1000 + PART + 10))))
                .isInstanceOf(IOException.class);

        assertThat(store.received(digest)).isEqualTo(1000 + PART);
        assertThat(store.size(digest)).isEmpty();
        assertThatThrownBy(() -> store.append(digest, 5, bytes.length, new ByteArrayInputStream(bytes)))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("go on from there");
        long there = store.append(
                digest, 1000 + PART, bytes.length, new ByteArrayInputStream(bytes, 1000 + PART, bytes.length));
        assertThat(there).isEqualTo(bytes.length);
        assertThat(read(digest)).isEqualTo(bytes);
        assertThat(store.received(digest)).isZero();
        assertThat(keys()).as("the pieces are gone").hasSize(1);
        assertThat(unfinishedUploads()).isZero();
    }

    @Test
    void aWriterThatIsClosedBeforeItsEndLeavesNothing() throws IOException {
        byte[] bytes = bytes(PART + 5);
        try (BlobWriter writer = store.writer()) {
            writer.write(bytes);
        }

        assertThat(store.size(Digest.of(bytes))).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    void whatIsNotThereHasNoSizeAndIsNotRead() throws IOException {
        Digest absent = Digest.of(new byte[] {9});

        assertThat(store.size(absent)).isEmpty();
        assertThatThrownBy(() -> store.read(absent)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> store.read(absent, 3, 4)).isInstanceOf(NoSuchFileException.class);
        store.delete(absent);
    }

    @Test
    void aDeletedBlobIsGoneAndCanComeBack() throws IOException {
        byte[] bytes = bytes(500);
        Digest digest = store.put(new ByteArrayInputStream(bytes)).digest();

        store.delete(digest);

        assertThat(store.size(digest)).isEmpty();
        store.put(digest, 500, new ByteArrayInputStream(bytes));
        assertThat(read(digest)).isEqualTo(bytes);
    }

    @Test
    void anAbandonedReadGivesItsConnectionBack() throws IOException {
        Digest digest = store.put(new ByteArrayInputStream(bytes(PART))).digest();

        for (int i = 0; i < 200; i++) {
            try (InputStream bytes = store.read(digest)) {
                assertThat(bytes.readNBytes(10)).hasSize(10);
            }
        }
    }

    @Test
    void openingRemovesWhatAKilledPutLeftLongAgo() throws Exception {
        byte[] bytes = bytes(10);
        store.put(new ByteArrayInputStream(bytes));
        raw.putObject(PutObjectArgs.builder()
                        .bucket(bucket.name())
                        .object("incoming/left")
                        .data(bytes, 10)
                        .build())
                .get();
        raw.createMultipartUpload(CreateMultipartUploadArgs.builder()
                        .bucket(bucket.name())
                        .object("blobs/00/left")
                        .build())
                .get();

        BlobStore.open(bucket).close();
        assertThat(keys()).as("a young one may still be at work").hasSize(2);

        BlobStore.open(bucket, Duration.ofSeconds(-5)).close();
        assertThat(keys()).singleElement().asString().startsWith("blobs/");
        assumeThat(server.isOurOwn())
                .as("a MinIO server drops unfinished uploads itself")
                .isTrue();
        assertThat(unfinishedUploads()).isZero();
    }

    @Test
    void piecesThatNobodyGoesOnWithAreRemoved() throws Exception {
        byte[] bytes = bytes(10);
        Digest digest = Digest.of(bytes);
        store.append(digest, 0, 10, new ByteArrayInputStream(bytes, 0, 4));

        store.removeAbandoned();
        assertThat(store.received(digest)).isEqualTo(4);

        store.removeAbandoned(Duration.ofSeconds(-5));
        assertThat(store.received(digest)).isZero();
        assertThat(keys()).isEmpty();
    }

    @Test
    void aBucketIsOpenedManyTimes() throws IOException {
        try (BlobStore second = BlobStore.open(bucket)) {
            Digest digest = second.put(new ByteArrayInputStream(bytes(20))).digest();

            assertThat(store.size(digest)).hasValue(20);
            second.check();
        }
    }

    @Test
    void aWrongKeyAndADeadStoreAreIoExceptionsThatTellNoSecret() {
        Store known = server.store();
        Bucket wrong = new Bucket(
                new Store(known.endpoint(), known.region(), known.accessKey(), "wrong-secret-key"), bucket.name());
        Bucket dead = new Bucket(
                new Store(URI.create("http://127.0.0.1:1"), "us-east-1", "key", "secret-of-mine"), "nowhere");

        assertThatThrownBy(() -> BlobStore.open(wrong)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> BlobStore.open(dead))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not answer");
        assertThat(dead.toString()).contains("nowhere").doesNotContain("secret-of-mine");
    }

    private void assertNothingIsLeft() {
        assertThat(keys()).isEmpty();
        assertThat(unfinishedUploads()).isZero();
    }

    private List<String> keys() {
        List<String> keys = new ArrayList<>();
        raw.listObjects(ListObjectsArgs.builder()
                        .bucket(bucket.name())
                        .recursive(true)
                        .build())
                .forEach(found -> {
                    try {
                        keys.add(found.get().objectName());
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                });
        return keys;
    }

    private int unfinishedUploads() {
        return raw.listMultipartUploads(
                        ListMultipartUploadsArgs.builder().bucket(bucket.name()).build())
                .join()
                .result()
                .uploads()
                .size();
    }

    private byte[] read(Digest digest) throws IOException {
        try (InputStream bytes = store.read(digest)) {
            return bytes.readAllBytes();
        }
    }

    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Gives its bytes in odd pieces, as a network does. */
    private static final class Trickle extends InputStream {
        private final InputStream bytes;
        private int turn;

        Trickle(byte[] bytes) {
            this.bytes = new ByteArrayInputStream(bytes);
        }

        @Override
        public int read() {
            throw new AssertionError("read in pieces");
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return bytes.read(into, offset, Math.min(length, 1 + (turn++ * 977) % 70_000));
        }
    }

    /** Breaks after its bytes. */
    private static final class Broken extends InputStream {
        private final InputStream bytes;

        Broken(byte[] bytes) {
            this.bytes = new ByteArrayInputStream(bytes);
        }

        @Override
        public int read() {
            throw new AssertionError("read in pieces");
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int n = bytes.read(into, offset, length);
            if (n < 0) {
                throw new IOException("cut off");
            }
            return n;
        }
    }

    /** Many bytes that are nowhere in memory. */
    private static final class RandomStream extends InputStream {
        private final Random random;
        private final byte[] piece = new byte[1 << 16];
        private long left;
        private int at = piece.length;

        RandomStream(long seed, long size) {
            this.random = new Random(seed);
            this.left = size;
        }

        @Override
        public int read() {
            throw new AssertionError("read in pieces");
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            if (at == piece.length) {
                random.nextBytes(piece);
                at = 0;
            }
            int n = (int) Math.min(left, Math.min(length, piece.length - at));
            System.arraycopy(piece, at, into, offset, n);
            at += n;
            left -= n;
            return n;
        }
    }
}
