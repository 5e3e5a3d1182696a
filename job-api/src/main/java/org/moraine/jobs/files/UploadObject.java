package org.moraine.jobs.files;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A file that comes in parts, as OpenAI's clients see it.
 *
 * @param file left out until it is completed
 */
record UploadObject(
        String id,
        String object,
        long bytes,
        long createdAt,
        long expiresAt,
        String filename,
        String purpose,
        String status,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable FileObject file) {

    static UploadObject of(Uploads.Upload upload, @Nullable StoredFile file) {
        Uploads.Announced announced = upload.announced();
        return new UploadObject(
                upload.id(),
                "upload",
                announced.bytes(),
                upload.createdAt().getEpochSecond(),
                upload.expiresAt().getEpochSecond(),
                announced.filename(),
                announced.purpose().word(),
                word(upload.status()),
                file == null ? null : FileObject.of(file));
    }

    /** A part that is here. */
    record Part(String id, String object, long createdAt, String uploadId) {

        static Part of(Uploads.Part part) {
            return new Part(part.id(), "upload.part", part.createdAt().getEpochSecond(), part.upload());
        }
    }

    static String word(Uploads.Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    static Uploads.Status status(String word) {
        return Uploads.Status.valueOf(word.toUpperCase(Locale.ROOT));
    }
}
