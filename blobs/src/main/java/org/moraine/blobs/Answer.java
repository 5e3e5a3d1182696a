package org.moraine.blobs;

import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waits for what the store answers, and puts its refusals into Java's words. */
final class Answer {

    private static final Set<String> ABSENT = Set.of("NoSuchKey", "NoSuchUpload", "NoSuchBucket");
    private static final Set<String> DENIED =
            Set.of("AccessDenied", "AllAccessDisabled", "InvalidAccessKeyId", "SignatureDoesNotMatch");
    private static final Set<String> THERE_ALREADY = Set.of(
            "PreconditionFailed", "ConditionalRequestConflict", "BucketAlreadyOwnedByYou", "BucketAlreadyExists");

    private Answer() {}

    static <T> T of(CompletableFuture<T> answer) throws IOException {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while the object store answers");
        } catch (ExecutionException e) {
            throw translated(e.getCause() == null ? e : e.getCause());
        }
    }

    static IOException translated(Throwable failure) {
        if (failure instanceof ErrorResponseException refusal) {
            String code = refusal.errorResponse().code();
            String text = code + ": " + refusal.errorResponse().message();
            if (ABSENT.contains(code)) {
                return new Absent(text, failure);
            }
            if (DENIED.contains(code)) {
                return new Denied(text, failure);
            }
            return THERE_ALREADY.contains(code) ? new ThereAlready(text, failure) : new IOException(text, failure);
        }
        if (failure instanceof MinioException && failure.getCause() instanceof IOException broken) {
            return broken;
        }
        return failure instanceof IOException broken
                ? new IOException("The object store does not answer: " + broken, broken)
                : new Unreadable("The object store's answer cannot be read: " + failure, failure);
    }

    /** What came back is not what S3 answers, or not what the SDK knows as that. */
    static final class Unreadable extends IOException {
        private static final long serialVersionUID = 1;

        Unreadable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The thing asked for is not there. */
    static final class Absent extends IOException {
        private static final long serialVersionUID = 1;

        Absent(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The keys do not open it, or are not known. */
    static final class Denied extends IOException {
        private static final long serialVersionUID = 1;

        Denied(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The thing to be made is there. */
    static final class ThereAlready extends IOException {
        private static final long serialVersionUID = 1;

        ThereAlready(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
