package org.moraine.jobs.files;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A file as OpenAI's clients see it; {@code status} is always {@code processed}, since their helpers wait for it.
 *
 * @param expiresAt left out where the file does not expire
 */
record FileObject(
        String id,
        String object,
        long bytes,
        long createdAt,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long expiresAt,
        String filename,
        String purpose,
        String status) {

    static FileObject of(StoredFile file) {
        return new FileObject(
                file.id(),
                "file",
                file.blob().size(),
                file.createdAt().getEpochSecond(),
                file.expires() == null ? null : file.expires().getEpochSecond(),
                file.name(),
                file.purpose().word(),
                "processed");
    }
}
