package org.moraine.jobs.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;
import org.moraine.blobs.Blob;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Refused;
import org.moraine.contracts.SavedCheckpoint;
import org.moraine.jobs.Ids;
import org.moraine.jobs.JobChange;
import org.moraine.jobs.JobEvents;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.files.StoredBlobs;
import org.moraine.jobs.files.UploadPlaces;
import org.moraine.jobs.lease.Leases;

/**
 * The table of checkpoints, and the blobs behind those that are held. A blob's need is noted before its bytes come, so
 * that none is left when a worker is killed in the middle; the row of the checkpoint comes last. Everything is done
 * under the lease of the attempt: what an attempt brings that has ended is refused.
 */
@Singleton
class Checkpoints {

    private static final Logger LOG = Logger.getLogger(Checkpoints.class);
    private static final int AT_ONCE = 100;

    private final Jdbi jdbi;
    private final Jobs jobs;
    private final Leases leases;
    private final BlobStore blobs;
    private final StoredBlobs stored;
    private final UploadPlaces places;
    private final Ids ids;
    private final Clock clock;
    private final ObjectMapper json;
    private final CheckpointsConfig config;

    Checkpoints(
            Jdbi jdbi,
            Jobs jobs,
            Leases leases,
            BlobStore blobs,
            StoredBlobs stored,
            UploadPlaces places,
            Ids ids,
            Clock clock,
            ObjectMapper json,
            CheckpointsConfig config) {
        this.jdbi = jdbi;
        this.jobs = jobs;
        this.leases = leases;
        this.blobs = blobs;
        this.stored = stored;
        this.places = places;
        this.ids = ids;
        this.clock = clock;
        this.json = json;
        this.config = config;
    }

    /** A checkpoint that was made, held or not. */
    record Entry(String id, Instant at, SavedCheckpoint saved) {}

    /** In bytes. */
    long largestFile() {
        return config.largestFile().asLongValue();
    }

    /**
     * Stores one file of a checkpoint to come. Repeatable.
     *
     * @throws Refused where the lease has ended, the file is too large, or the bytes are not those that are named
     */
    void put(JobId job, int attempt, Blob blob, InputStream bytes) throws IOException, InterruptedException {
        if (blob.size() > largestFile()) {
            throw Refused.tooLarge("content_length", "A checkpoint's file has at most " + largestFile() + " bytes");
        }
        jobs.change(job, change -> {
            leases.requireRunning(change.handle(), job, attempt);
            stored.lock(change.handle(), blob.digest());
            return change.handle()
                    .execute(
                            "INSERT INTO checkpoint_blobs (job, digest, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                            job.value(),
                            blob.digest().hex(),
                            blob.size());
        });
        places.in(() -> blobs.put(blob.digest(), blob.size(), bytes));
        jdbi.useTransaction(handle -> {
            stored.lock(handle, blob.digest());
            if (!isNeeded(handle, job, blob.digest())) {
                stored.removeUnused(handle, blob.digest()); // a later attempt has made its own checkpoint meanwhile
            }
        });
    }

    /**
     * Makes a checkpoint whose files are all stored the job's newest, and lets go of those that are older than the
     * newest few, or of later steps: such a one was found damaged, since the training went on from before it.
     * Repeatable.
     *
     * @throws Refused code {@code lease_lost} where the lease has ended, {@code blob_missing} where a file is not stored
     */
    void save(JobId job, int attempt, SavedCheckpoint saved) {
        boolean added =
                jobs.change(job, change -> save(change, attempt, saved)).orElseThrow(() -> Jobs.absent(job.value()));
        if (added) {
            LOG.infof("Checkpoint saved job=%s attempt=%d step=%d", job, attempt, saved.step());
        }
    }

    private boolean save(JobChange change, int attempt, SavedCheckpoint saved) {
        Handle handle = change.handle();
        JobId job = change.job().id();
        leases.requireRunning(handle, job, attempt);
        for (Manifest.File file : saved.manifest().files()) {
            stored.lock(handle, file.digest());
            if (!isNeeded(handle, job, file.digest()) || !stored.isStored(new Blob(file.digest(), file.size()))) {
                throw Refused.conflict("blob_missing", "The bytes of " + file.path() + " are not stored");
            }
        }
        boolean first =
                handle.execute("""
                        INSERT INTO checkpoints (id, job, step, attempt, created_at, saved, held)
                        VALUES (?, ?, ?, ?, ?, ?::jsonb, true)
                        ON CONFLICT (job, step) DO UPDATE
                            SET attempt = excluded.attempt, created_at = excluded.created_at, saved = excluded.saved,
                                held = true
                            WHERE (checkpoints.attempt, checkpoints.saved, checkpoints.held)
                                IS DISTINCT FROM (excluded.attempt, excluded.saved, true)""", ids.checkpoint(), job.value(), saved.step(), attempt, change.now(), write(saved))
                        == 1;
        if (first) {
            change.message(JobEvents.Level.INFO, "Checkpoint created at step " + saved.step());
        }
        handle.execute("""
                UPDATE checkpoints SET held = false WHERE job = ? AND held AND (step > ? OR step NOT IN
                    (SELECT step FROM checkpoints WHERE job = ? AND held AND step <= ? ORDER BY step DESC LIMIT ?))""", job.value(), saved.step(), job.value(), saved.step(), config.kept());
        letGo(handle, job);
        return first;
    }

    /** What an attempt can go on from, newest first; throws {@link Refused} where its lease has ended. */
    List<SavedCheckpoint> held(JobId job, int attempt) {
        leases.requireRunning(job, attempt);
        return jdbi.withHandle(handle -> held(handle, job));
    }

    /** A blob of a held checkpoint; throws {@link Refused} where the lease has ended or the job has no such blob. */
    Blob require(JobId job, int attempt, Digest digest) {
        leases.requireRunning(job, attempt);
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT bytes FROM checkpoint_blobs WHERE job = ? AND digest = ?", job.value(), digest.hex())
                .mapTo(Long.class)
                .findOne()
                .map(bytes -> new Blob(digest, bytes))
                .orElseThrow(() -> Refused.absent("blob_not_found", "digest", "The job has no blob " + digest)));
    }

    /** Reads a blob from its beginning; the caller closes the stream. */
    InputStream read(Blob blob) throws IOException {
        return blobs.read(blob.digest());
    }

    /** Every checkpoint that a job has made, the latest steps first; only steps before {@code before}. */
    List<Entry> page(JobId job, int before, int limit) {
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT id, created_at, saved FROM checkpoints WHERE job = ? AND step < ? ORDER BY step DESC LIMIT ?",
                        job.value(),
                        before,
                        limit)
                .map(this::entry)
                .list());
    }

    /** The checkpoint that a job made after a step. */
    Optional<Entry> at(JobId job, int step) {
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT id, created_at, saved FROM checkpoints WHERE job = ? AND step = ?", job.value(), step)
                .map(this::entry)
                .findOne());
    }

    /** The step of a job's checkpoint; empty where it has none of that id. */
    Optional<Integer> step(JobId job, String id) {
        if (id.indexOf('\0') >= 0) {
            return Optional.empty(); // what PostgreSQL cannot hold is not there
        }
        return jdbi.withHandle(
                handle -> handle.select("SELECT step FROM checkpoints WHERE job = ? AND id = ?", job.value(), id)
                        .mapTo(Integer.class)
                        .findOne());
    }

    /** Lets go of what ended jobs hold longer than is configured; gives the number of jobs. */
    int sweep() {
        List<JobId> ended =
                jdbi.withHandle(handle -> handle.select("""
                        SELECT id FROM jobs WHERE id IN (SELECT job FROM checkpoint_blobs)
                            AND (status = 'succeeded' OR finished_at < ?) ORDER BY id LIMIT ?""", clock.instant().minus(config.keptAfterEnd()), AT_ONCE)
                        .map((row, context) -> new JobId(row.getString("id")))
                        .list());
        for (JobId job : ended) {
            jobs.change(job, change -> {
                change.handle().execute("UPDATE checkpoints SET held = false WHERE job = ? AND held", job.value());
                letGo(change.handle(), job);
                return job;
            });
        }
        return ended.size();
    }

    /** Removes the blobs that no held checkpoint of the job names, those of one that never was finished too. */
    private void letGo(Handle handle, JobId job) {
        Set<String> needed = new HashSet<>();
        held(handle, job)
                .forEach(saved -> saved.manifest()
                        .files()
                        .forEach(file -> needed.add(file.digest().hex())));
        List<String> noted = handle.select("SELECT digest FROM checkpoint_blobs WHERE job = ?", job.value())
                .mapTo(String.class)
                .list();
        for (String digest : noted) {
            if (!needed.contains(digest)) {
                handle.execute("DELETE FROM checkpoint_blobs WHERE job = ? AND digest = ?", job.value(), digest);
                stored.removeUnused(handle, new Digest(digest));
            }
        }
    }

    private List<SavedCheckpoint> held(Handle handle, JobId job) {
        return handle.select(
                        "SELECT id, created_at, saved FROM checkpoints WHERE job = ? AND held ORDER BY step DESC",
                        job.value())
                .map((row, context) -> entry(row, context).saved())
                .list();
    }

    private static boolean isNeeded(Handle handle, JobId job, Digest digest) {
        return handle.select(
                        "SELECT EXISTS (SELECT FROM checkpoint_blobs WHERE job = ? AND digest = ?)",
                        job.value(),
                        digest.hex())
                .mapTo(Boolean.class)
                .one();
    }

    private Entry entry(ResultSet row, StatementContext context) throws SQLException {
        try {
            return new Entry(
                    row.getString("id"),
                    row.getTimestamp("created_at").toInstant(),
                    json.readValue(row.getString("saved"), SavedCheckpoint.class));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The table checkpoints holds what cannot be read", e);
        }
    }

    private String write(SavedCheckpoint saved) {
        try {
            return json.writeValueAsString(saved);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("A checkpoint cannot be written", e);
        }
    }
}
