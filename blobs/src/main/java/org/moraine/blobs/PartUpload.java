package org.moraine.blobs;

import io.minio.AbortMultipartUploadArgs;
import io.minio.Checksum;
import io.minio.CompleteMultipartUploadArgs;
import io.minio.ComposeObjectArgs;
import io.minio.CreateMultipartUploadArgs;
import io.minio.Http;
import io.minio.MinioAsyncClient;
import io.minio.SourceObject;
import io.minio.UploadPartArgs;
import io.minio.UploadPartCopyArgs;
import io.minio.UploadPartCopyResponse;
import io.minio.UploadPartResponse;
import io.minio.messages.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One multipart upload: one part is on its way while the caller fills the next. Nothing shows before it completes. */
final class PartUpload {

    /** Leaves a part's SHA-256 out of the signature: a CRC32C goes with it, and hashing twice halves the speed. */
    private static final Http.Headers CHECKED_BY_CRC =
            new Http.Headers(Map.of("x-amz-content-sha256", Checksum.UNSIGNED_PAYLOAD));

    private final MinioAsyncClient client;
    private final String bucket;
    private final String key;
    private final String upload;
    private final List<Part> parts = new ArrayList<>();
    private @Nullable CompletableFuture<Part> underWay;

    PartUpload(MinioAsyncClient client, String bucket, String key) throws IOException {
        this.client = client;
        this.bucket = bucket;
        this.key = key;
        this.upload = Answer.of(client.createMultipartUpload(CreateMultipartUploadArgs.builder()
                        .bucket(bucket)
                        .object(key)
                        .build()))
                .result()
                .uploadId();
    }

    /** Waits for the part before, then sends this one; the array is the store's until the next call. */
    void send(byte[] bytes, int length) throws IOException {
        takeAnswer();
        underWay = client.uploadPart(UploadPartArgs.builder()
                        .bucket(bucket)
                        .object(key)
                        .uploadId(upload)
                        .partNumber(parts.size() + 1)
                        .data(bytes, length)
                        .headers(CHECKED_BY_CRC)
                        .build())
                .thenApply(UploadPartResponse::part);
    }

    /** Waits for the part before, then has the store take a whole object of the bucket as this one. */
    void copy(String from) throws IOException {
        takeAnswer();
        ComposeObjectArgs whole = ComposeObjectArgs.builder()
                .bucket(bucket)
                .object(key)
                .sources(List.of(
                        SourceObject.builder().bucket(bucket).object(from).build()))
                .build();
        Http.Headers source = new Http.Headers(Map.of("x-amz-copy-source", "/" + bucket + "/" + from));
        underWay = client.uploadPartCopy(new UploadPartCopyArgs(whole, upload, parts.size() + 1, source))
                .thenApply(UploadPartCopyResponse::part);
    }

    /** Makes the object visible; where another made the same meanwhile, that one stays. */
    void complete() throws IOException {
        takeAnswer();
        try {
            Answer.of(client.completeMultipartUpload(CompleteMultipartUploadArgs.builder()
                    .bucket(bucket)
                    .object(key)
                    .uploadId(upload)
                    .parts(parts.toArray(new Part[0]))
                    .extraHeaders(BucketClient.ONLY_NEW)
                    .build()));
        } catch (Answer.ThereAlready e) {
            abort(e);
        }
    }

    /** Gives up; what keeps it from doing so is added to the reason. */
    void abort(Exception reason) {
        try {
            if (underWay != null) {
                underWay.handle((part, failure) -> part).join(); // or the part would come after the abort
            }
            Answer.of(client.abortMultipartUpload(AbortMultipartUploadArgs.builder()
                    .bucket(bucket)
                    .object(key)
                    .uploadId(upload)
                    .build()));
        } catch (Answer.Absent e) {
            return;
        } catch (IOException | RuntimeException e) {
            reason.addSuppressed(e);
        }
    }

    private void takeAnswer() throws IOException {
        if (underWay != null) {
            Part part = Answer.of(underWay);
            underWay = null;
            parts.add(part);
        }
    }
}
