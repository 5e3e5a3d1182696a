package org.moraine.jobs.files;

import org.jspecify.annotations.Nullable;

/** A file as OpenAI's clients see it; {@code status} is always {@code processed}, since their helpers wait for it. */
record FileObject(
        String id,
        String object,
        long bytes,
        long createdAt,
        @Nullable Long expiresAt,
        String filename,
        String purpose,
        String status,
        @Nullable String statusDetails) {

    static FileObject of(StoredFile file) {
        return new FileObject(
                file.id(),
                "file",
                file.blob().size(),
                file.createdAt().getEpochSecond(),
                file.expires() == null ? null : file.expires().getEpochSecond(),
                file.name(),
                file.purpose().word(),
                "processed",
                null);
    }
}
