package org.moraine.jobs.files;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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
 * The table of files, and the blobs behind them. A blob stays as long as a file or a job that has not ended needs it; see
 * {@link StoredBlobs}.
 */
@Singleton
public class StoredFiles {

    private static final Logger LOG = Logger.getLogger(StoredFiles.class);
    private static final String COLUMNS = "id, team, filename, purpose, digest, bytes, created_at, expires_at";

    /** Whether a file is there, at the time {@code now}. */
    public static final String VISIBLE = "deleted_at IS NULL AND (expires_at IS NULL OR expires_at > :now)";

    /**
     * Takes part in a lock of the database, by which who needs a file keeps the one who removes it waiting; not of the
     * row, since that would be written for each of many who make jobs of one file. A statement that comes after it sees
     * whether the file is still there.
     */
    public static final String HOLD = "pg_advisory_xact_lock_shared(hashtextextended(%s, 3))";

    private final Jdbi jdbi;
    private final BlobStore blobs;
    private final StoredBlobs stored;
    private final Ids ids;
    private final Clock clock;

    StoredFiles(Jdbi jdbi, BlobStore blobs, StoredBlobs stored, Ids ids, Clock clock) {
        this.jdbi = jdbi;
        this.blobs = blobs;
        this.stored = stored;
        this.ids = ids;
        this.clock = clock;
    }

    /** Stores bytes while hashing them; they belong to nobody until {@link #add}, or go with {@link #discard}. */
    public Blob store(InputStream bytes) throws IOException {
        return blobs.put(bytes);
    }

    /** Makes a stored blob a team's file. */
    StoredFile add(TeamName team, String name, Purpose purpose, Blob blob, @Nullable Duration life) {
        return jdbi.inTransaction(handle -> add(handle, team, name, purpose, blob, life));
    }

    /** As {@link #add(TeamName, String, Purpose, Blob, Duration)}, in the caller's transaction. */
    public StoredFile add(
            Handle handle, TeamName team, String name, Purpose purpose, Blob blob, @Nullable Duration life) {
        Instant now = clock.instant();
        StoredFile file =
                new StoredFile(ids.file(), team, name, purpose, blob, now, life == null ? null : now.plus(life));
        stored.lock(handle, blob.digest());
        stored.requireStored(blob);
        handle.execute(
                """
                INSERT INTO files (id, team, filename, purpose, digest, bytes, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                file.id(),
                team.value(),
                name,
                purpose.word(),
                blob.digest().hex(),
                blob.size(),
                now,
                file.expires());
        LOG.infof("File stored file=%s team=%s bytes=%d", file.id(), team, blob.size());
        return file;
    }

    /** Removes a stored blob that did not become a file, unless another file or job has it too. */
    void discard(Blob blob) {
        jdbi.useTransaction(handle -> stored.removeUnused(handle, blob.digest()));
    }

    /** A team's file; empty where it has none of that id. */
    public Optional<StoredFile> find(TeamName team, String id) {
        if (id.indexOf('\0') >= 0) {
            return Optional.empty(); // what PostgreSQL cannot hold is not there
        }
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT " + COLUMNS + " FROM files WHERE id = :id AND team = :team AND " + VISIBLE)
                .bind("id", id)
                .bind("team", team.value())
                .bind("now", clock.instant())
                .map(StoredFiles::file)
                .findOne());
    }

    /** The newest of a team's files for a purpose that holds some bytes; empty where none does. */
    public Optional<StoredFile> find(TeamName team, Digest digest, Purpose purpose) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT " + COLUMNS
                        + " FROM files WHERE digest = :digest AND team = :team AND purpose = :purpose AND " + VISIBLE
                        + " ORDER BY created_at DESC, id LIMIT 1")
                .bind("digest", digest.hex())
                .bind("team", team.value())
                .bind("purpose", purpose.word())
                .bind("now", clock.instant())
                .map(StoredFiles::file)
                .findOne());
    }

    /** Keeps a file's bytes from being removed until the caller's transaction ends; false where it is gone. */
    public boolean hold(Handle handle, StoredFile file) {
        handle.execute("SELECT " + HOLD.formatted("?"), file.id());
        return handle.createQuery("SELECT 1 FROM files WHERE id = :id AND " + VISIBLE)
                .bind("id", file.id())
                .bind("now", clock.instant())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    /** A team's file; throws {@link Refused} where it has none of that id. */
    StoredFile require(TeamName team, String id) {
        return find(team, id)
                .orElseThrow(() -> Refused.absent("file_not_found", "file_id", "No such File object: " + id));
    }

    /** A team's files in the order of their making; {@code purpose} and {@code after} may be null. */
    List<StoredFile> page(
            TeamName team, @Nullable String purpose, @Nullable StoredFile after, int limit, boolean ascending) {
        String order = ascending ? "ASC" : "DESC";
        String beyond = ascending ? ">" : "<";
        return jdbi.withHandle(handle -> handle.createQuery("SELECT " + COLUMNS + " FROM files WHERE team = :team AND "
                        + VISIBLE + " AND (:purpose::text IS NULL OR purpose = :purpose)"
                        + (after == null ? "" : " AND (created_at, id) " + beyond + " (:afterAt, :after)")
                        + " ORDER BY created_at " + order + ", id " + order + " LIMIT :limit")
                .bind("team", team.value())
                .bind("now", clock.instant())
                .bind("purpose", purpose)
                .bindMap(after == null ? Map.of() : Map.of("after", after.id(), "afterAt", after.createdAt()))
                .bind("limit", limit)
                .map(StoredFiles::file)
                .list());
    }

    /** Reads a blob of a file or a job from its beginning; the caller closes the stream. */
    public InputStream read(Digest digest) throws IOException {
        return blobs.read(digest);
    }

    /** The file is gone for its team at once; its bytes go when no job needs them. */
    void delete(TeamName team, String id) {
        StoredFile file = require(team, id);
        jdbi.useHandle(
                handle -> handle.execute("UPDATE files SET deleted_at = ? WHERE id = ?", clock.instant(), file.id()));
        LOG.infof("File deleted file=%s team=%s", file.id(), team);
        remove(file.id(), file.blob().digest());
    }

    /** Removes the rows and blobs of files that were deleted or have expired; gives their number. */
    int sweep() {
        List<StoredFile> gone = jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT " + COLUMNS
                                + " FROM files WHERE deleted_at IS NOT NULL OR expires_at <= :now ORDER BY created_at LIMIT 1000")
                .bind("now", clock.instant())
                .map(StoredFiles::file)
                .list());
        gone.forEach(file -> remove(file.id(), file.blob().digest()));
        return gone.size();
    }

    private void remove(String id, Digest digest) {
        jdbi.useTransaction(handle -> {
            handle.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(?, 3))", id); // then what held it is to be seen
            handle.execute("""
                    DELETE FROM files WHERE id = ? AND NOT EXISTS
                        (SELECT FROM jobs WHERE training_file = files.id AND finished_at IS NULL)
                      AND NOT EXISTS
                        (SELECT FROM jobs WHERE validation_file = files.id AND finished_at IS NULL)""", id);
            stored.removeUnused(handle, digest);
        });
    }

    private static StoredFile file(ResultSet row, StatementContext context) throws SQLException {
        Timestamp expires = row.getTimestamp("expires_at");
        return new StoredFile(
                row.getString("id"),
                new TeamName(row.getString("team")),
                row.getString("filename"),
                Purpose.of(row.getString("purpose")),
                new Blob(new Digest(row.getString("digest")), row.getLong("bytes")),
                row.getTimestamp("created_at").toInstant(),
                expires == null ? null : expires.toInstant());
    }
}
