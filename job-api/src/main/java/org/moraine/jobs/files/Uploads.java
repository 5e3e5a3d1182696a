package org.moraine.jobs.files;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.Blob;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.jobs.Ids;

/**
 * The table of files that come in parts. A part is a blob as soon as it is here; when the caller says which parts in
 * which order are the file, they are put together in object storage and let go. What is not completed within an hour
 * expires.
 */
@Singleton
class Uploads {

    private static final Logger LOG = Logger.getLogger(Uploads.class);
    private static final Duration LASTS = Duration.ofHours(1);

    /** A file may still be being put together when its upload expires. */
    private static final Duration GRACE = Duration.ofHours(1);

    /** How long an upload that has ended can be asked for once more, by a client that had no answer. */
    private static final Duration REMEMBERED = Duration.ofDays(1);

    /** How many parts a file may be made of. */
    static final int MOST_PARTS = 10_000;

    private static final int AT_ONCE = 100;
    private static final String COLUMNS =
            "id, team, filename, purpose, bytes, life_seconds, created_at, expires_at, status, parts, file";

    private final Jdbi jdbi;
    private final BlobStore blobs;
    private final StoredBlobs stored;
    private final StoredFiles files;
    private final UploadPlaces places;
    private final Ids ids;
    private final Clock clock;

    Uploads(
            Jdbi jdbi,
            BlobStore blobs,
            StoredBlobs stored,
            StoredFiles files,
            UploadPlaces places,
            Ids ids,
            Clock clock) {
        this.jdbi = jdbi;
        this.blobs = blobs;
        this.stored = stored;
        this.files = files;
        this.places = places;
        this.ids = ids;
        this.clock = clock;
    }

    /** Where an upload stands. */
    enum Status {
        PENDING,
        COMPLETED,
        CANCELLED,
        EXPIRED
    }

    /**
     * The file to come.
     *
     * @param bytes its size, which the parts must have together
     * @param life how long it is kept, null for as long as it is not deleted
     */
    record Announced(
            String filename,
            Purpose purpose,
            long bytes,
            @Nullable Duration life) {}

    /**
     * A file that comes in parts.
     *
     * @param parts the file's, in their order; empty until it is completed
     * @param file null until it is completed
     */
    record Upload(
            String id,
            TeamName team,
            Announced announced,
            Instant createdAt,
            Instant expiresAt,
            Status status,
            List<String> parts,
            @Nullable String file) {}

    /** A part that is here. */
    record Part(String id, String upload, Instant createdAt) {}

    Upload begin(TeamName team, Announced announced) {
        Instant now = clock.instant();
        Upload upload =
                new Upload(ids.upload(), team, announced, now, now.plus(LASTS), Status.PENDING, List.of(), null);
        jdbi.useHandle(handle -> handle.execute(
                """
                INSERT INTO uploads (id, team, filename, purpose, bytes, life_seconds, created_at, expires_at, status)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending')""",
                upload.id(),
                team.value(),
                announced.filename(),
                announced.purpose().word(),
                announced.bytes(),
                announced.life() == null ? null : announced.life().toSeconds(),
                now,
                upload.expiresAt()));
        return upload;
    }

    /** Throws {@link Refused} where the team has no such upload, or it takes no parts any more. */
    Upload requirePending(TeamName team, String id) {
        Upload upload = jdbi.inTransaction(handle -> find(handle, team, id));
        requirePending(upload);
        return upload;
    }

    /** Adds a stored blob as a part; throws {@link Refused} where the upload does not take it. */
    Part add(TeamName team, String id, Blob blob) {
        Part part = new Part(ids.part(), id, clock.instant());
        jdbi.useTransaction(handle -> {
            Upload upload = find(handle, team, id);
            requirePending(upload);
            requireRoom(handle, upload, blob);
            stored.lock(handle, blob.digest());
            stored.requireStored(blob);
            handle.execute(
                    "INSERT INTO upload_parts (id, upload, digest, bytes) VALUES (?, ?, ?, ?)",
                    part.id(),
                    id,
                    blob.digest().hex(),
                    blob.size());
        });
        return part;
    }

    /** A client that had no answer sends a part again, so that there may be more than the file needs. */
    private static void requireRoom(Handle handle, Upload upload, Blob blob) {
        record Here(int parts, long bytes) {}
        Here here = handle.select(
                        "SELECT count(*) AS parts, coalesce(sum(bytes), 0) AS bytes FROM upload_parts WHERE upload = ?",
                        upload.id())
                .map((row, context) -> new Here(row.getInt("parts"), row.getLong("bytes")))
                .one();
        if (blob.size() == 0 || blob.size() > upload.announced().bytes()) {
            throw Refused.invalid(
                    "data",
                    "A part has from 1 byte to the " + upload.announced().bytes() + " of the whole file");
        }
        if (here.parts == MOST_PARTS
                || here.bytes + blob.size() > 2 * upload.announced().bytes()) {
            throw Refused.tooLarge("data", "The parts are more than the file can be made of");
        }
    }

    /**
     * Makes the file of some of the parts. Repeatable: asked again for the same, it gives what was made.
     *
     * @param md5 of the whole file, 32 hex digits; null where the caller does not tell
     * @throws Refused where the parts are not the file that was announced
     */
    Upload complete(TeamName team, String id, List<String> partIds, @Nullable String md5)
            throws IOException, InterruptedException {
        Upload before = jdbi.inTransaction(handle -> find(handle, team, id));
        if (isMadeOf(before, partIds)) {
            return before;
        }
        requirePending(before);
        List<Blob> parts = jdbi.withHandle(handle -> chosen(before, partIds, parts(handle, id)));
        Blob whole = places.joining(() -> {
            if (md5 != null) {
                requireMd5(md5, parts);
            }
            return blobs.join(parts);
        });
        boolean made = false;
        try {
            Upload completed = jdbi.inTransaction(handle -> completed(handle, team, id, partIds, whole));
            made = true;
            return completed;
        } finally {
            if (made) {
                letGo(id);
            } else {
                files.discard(whole);
            }
        }
    }

    private Upload completed(Handle handle, TeamName team, String id, List<String> partIds, Blob whole) {
        Upload upload = find(handle, team, id);
        if (isMadeOf(upload, partIds)) {
            return upload; // another coming of the same request was faster
        }
        if (upload.status() != Status.PENDING && upload.status() != Status.EXPIRED) {
            throw ended(upload);
        }
        Announced announced = upload.announced();
        StoredFile file = files.add(handle, team, announced.filename(), announced.purpose(), whole, announced.life());
        handle.createUpdate("UPDATE uploads SET status = 'completed', parts = :parts, file = :file WHERE id = :id")
                .bindArray("parts", String.class, partIds)
                .bind("file", file.id())
                .bind("id", id)
                .execute();
        LOG.infof("Upload completed upload=%s file=%s team=%s parts=%d", id, file.id(), team, partIds.size());
        return find(handle, team, id);
    }

    /** The parts go; asking again is harmless. */
    Upload cancel(TeamName team, String id) {
        Upload upload = jdbi.inTransaction(handle -> {
            Upload before = find(handle, team, id);
            if (before.status() == Status.CANCELLED) {
                return before;
            }
            requirePending(before);
            handle.execute("UPDATE uploads SET status = 'cancelled' WHERE id = ?", id);
            return find(handle, team, id);
        });
        letGo(id);
        return upload;
    }

    /** Lets go of what expired, and forgets what has ended long ago; gives the number of uploads. */
    int sweep() {
        Instant now = clock.instant();
        List<String> expired = jdbi.withHandle(handle -> handle.select(
                        "UPDATE uploads SET status = 'expired' WHERE status = 'pending' AND expires_at < ? RETURNING id",
                        now.minus(GRACE))
                .mapTo(String.class)
                .list());
        expired.forEach(this::letGo);
        List<String> old = jdbi.withHandle(handle -> handle.select(
                        "SELECT id FROM uploads WHERE expires_at < ? ORDER BY expires_at LIMIT ?",
                        now.minus(REMEMBERED),
                        AT_ONCE)
                .mapTo(String.class)
                .list());
        for (String id : old) {
            letGo(id); // of an upload whose end was cut off
            jdbi.useHandle(handle -> handle.execute("DELETE FROM uploads WHERE id = ?", id));
        }
        return expired.size() + old.size();
    }

    private void letGo(String id) {
        List<Blob> parts = jdbi.inTransaction(handle -> {
            List<Blob> gone = List.copyOf(parts(handle, id).values());
            handle.execute("DELETE FROM upload_parts WHERE upload = ?", id);
            return gone;
        });
        parts.forEach(files::discard);
    }

    private static List<Blob> chosen(Upload upload, List<String> partIds, Map<String, Blob> parts) {
        for (String part : partIds) {
            if (!parts.containsKey(part)) {
                throw Refused.invalid("part_ids", "The upload has no part " + part);
            }
        }
        if (new HashSet<>(partIds).size() < partIds.size()) {
            throw Refused.invalid("part_ids", "A part stands twice in part_ids");
        }
        List<Blob> chosen = partIds.stream().map(parts::get).toList();
        long together = chosen.stream().mapToLong(Blob::size).sum();
        if (together != upload.announced().bytes()) {
            throw Refused.invalid(
                    "part_ids",
                    "The parts have " + together + " bytes together, but "
                            + upload.announced().bytes() + " were announced");
        }
        return chosen;
    }

    private void requireMd5(String md5, List<Blob> parts) throws IOException {
        MessageDigest found = md5();
        try (InputStream bytes = blobs.read(parts)) {
            byte[] buffer = new byte[1 << 16];
            for (int length = bytes.read(buffer); length >= 0; length = bytes.read(buffer)) {
                found.update(buffer, 0, length);
            }
        }
        String hex = HexFormat.of().formatHex(found.digest());
        if (!hex.equalsIgnoreCase(md5)) {
            throw Refused.invalid("md5", "The MD5 of the parts together is " + hex + ", not " + md5);
        }
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has MD5", e);
        }
    }

    private static boolean isMadeOf(Upload upload, List<String> parts) {
        return upload.status() == Status.COMPLETED && upload.parts().equals(parts);
    }

    private static void requirePending(Upload upload) {
        if (upload.status() != Status.PENDING) {
            throw ended(upload);
        }
    }

    private static Refused ended(Upload upload) {
        return Refused.conflict(
                "invalid_upload_state",
                "Upload " + upload.id() + " is " + UploadObject.word(upload.status()) + ", not pending");
    }

    /** By the parts' ids. */
    private static Map<String, Blob> parts(Handle handle, String upload) {
        Map<String, Blob> parts = new HashMap<>();
        handle.select("SELECT id, digest, bytes FROM upload_parts WHERE upload = ?", upload)
                .map((row, context) -> parts.put(
                        row.getString("id"), new Blob(new Digest(row.getString("digest")), row.getLong("bytes"))))
                .list();
        return parts;
    }

    /** A team's upload, its row locked. */
    private Upload find(Handle handle, TeamName team, String id) {
        Optional<Upload> found = id.indexOf('\0') >= 0
                ? Optional.empty() // what PostgreSQL cannot hold is not there
                : handle.createQuery("SELECT " + COLUMNS + " FROM uploads WHERE id = :id AND team = :team FOR UPDATE")
                        .bind("id", id)
                        .bind("team", team.value())
                        .map(this::upload)
                        .findOne();
        return found.orElseThrow(() -> Refused.absent("upload_not_found", "upload_id", "No such Upload object: " + id));
    }

    private Upload upload(ResultSet row, StatementContext context) throws SQLException {
        Long life = row.getObject("life_seconds", Long.class);
        Instant expires = row.getTimestamp("expires_at").toInstant();
        Status status = UploadObject.status(row.getString("status"));
        Array parts = row.getArray("parts");
        return new Upload(
                row.getString("id"),
                new TeamName(row.getString("team")),
                new Announced(
                        row.getString("filename"),
                        Purpose.of(row.getString("purpose")),
                        row.getLong("bytes"),
                        life == null ? null : Duration.ofSeconds(life)),
                row.getTimestamp("created_at").toInstant(),
                expires,
                status == Status.PENDING && expires.isBefore(clock.instant()) ? Status.EXPIRED : status,
                parts == null ? List.of() : List.of((String[]) parts.getArray()),
                row.getString("file"));
    }
}
