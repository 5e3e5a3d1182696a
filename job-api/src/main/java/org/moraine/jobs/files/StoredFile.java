package org.moraine.jobs.files;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.Blob;
import org.moraine.contracts.TeamName;

/**
 * A team's file.
 *
 * @param blob its bytes; other files may have the same
 * @param expires when it goes by itself; null where it does not
 */
public record StoredFile(
        String id,
        TeamName team,
        String name,
        Purpose purpose,
        Blob blob,
        Instant createdAt,
        @Nullable Instant expires) {}
