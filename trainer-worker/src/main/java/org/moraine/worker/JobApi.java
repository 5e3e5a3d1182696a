package org.moraine.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.moraine.contracts.DataFile;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.Lease;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.SavedCheckpoint;
import org.moraine.contracts.WorkerPresence;

/** job-api as the worker calls it: presence, leases, training data, checkpoints. Shared between threads. */
@Singleton
public class JobApi {

    private static final int CONFLICT = 409;

    private final Peer peer;
    private final String worker;
    private final Duration patience;

    JobApi(WorkerConfig config, WorkerName name, JobApiConfig jobs, ObjectMapper json) {
        this.peer = new Peer("job-api", jobs.url(), config.key(), json);
        this.worker = name.value();
        this.patience = config.patience();
    }

    /** Says that this worker is there. Once that is heard, the topic of its kind is there too. */
    public void present(WorkerPresence presence) throws IOException {
        String name = URLEncoder.encode(worker, StandardCharsets.UTF_8);
        peer.once(peer.send("PUT", "/internal/workers/" + name, presence));
    }

    /**
     * Claims the attempt that a dispatch names.
     *
     * @throws Declined with status 409 where the attempt is stale or another's
     * @throws LostConnection where job-api is away for {@code patience}
     */
    public Lease claim(Dispatch dispatch, Duration patience) {
        HttpRequest.Builder claim =
                peer.send("POST", "/internal/leases", new Lease.Claim(dispatch.job(), dispatch.attempt(), worker));
        return peer.persist(patience, () -> peer.once(claim, Lease.class));
    }

    /**
     * One try to renew the lease. The answer that it is lost, or a command with it, stops the attempt.
     *
     * @return when the lease runs out now; empty where it is lost
     * @throws IOException where job-api is away
     */
    public Optional<Instant> renew(Attempt attempt) throws IOException {
        HttpRequest.Builder renewal = peer.request(lease(attempt)).PUT(HttpRequest.BodyPublishers.noBody());
        try {
            Lease lease = peer.once(renewal, Lease.class);
            if (lease.command() != null) {
                attempt.stop(Stop.of(lease.command()));
            }
            return Optional.of(lease.until());
        } catch (Declined e) {
            if (e.status() != CONFLICT) {
                throw new IOException(e);
            }
            attempt.stop(Stop.LEASE_LOST);
            return Optional.empty();
        }
    }

    /** As {@link #renew}, tried again while job-api is away: for what must not be done without a lease. */
    public Optional<Instant> renewed(Attempt attempt) {
        return peer.persist(patience, () -> renew(attempt));
    }

    /** Gives the lease of an unfinished attempt back, so that the job is dispatched again at once. */
    public void giveBack(Attempt attempt, Duration patience) {
        peer.persist(patience, () -> peer.once(peer.request(lease(attempt)).DELETE()));
    }

    /**
     * Writes one of the job's files to {@code into}; its bytes are not checked here.
     *
     * @param name {@code training-file} or {@code validation-file}
     */
    public void dataFile(Attempt attempt, String name, DataFile file, Path into) {
        String path = "/internal/jobs/" + attempt.job() + "/" + attempt.number() + "/" + name;
        peer.persist(patience, () -> {
            peer.fetch(peer.request(path), into, file.bytes());
            return into;
        });
    }

    /** The checkpoints of the job that an attempt can go on from, newest first. */
    public List<SavedCheckpoint> checkpoints(Attempt attempt) {
        return List.of(
                peer.persist(patience, () -> peer.once(peer.request(checkpointsOf(attempt)), SavedCheckpoint[].class)));
    }

    /**
     * Writes one file of a checkpoint to {@code into}; its bytes are not checked here.
     *
     * @throws Declined where job-api has it no more
     */
    public void checkpointFile(Attempt attempt, Manifest.File file, Path into) {
        peer.persist(patience, () -> {
            peer.fetch(peer.request(blob(attempt, file)), into, file.size());
            return into;
        });
    }

    /** Brings one file of a checkpoint; {@link #save} makes it count. */
    public void storeCheckpointFile(Attempt attempt, Manifest.File file, Path path) {
        peer.persist(
                patience,
                () -> peer.once(
                        peer.request(blob(attempt, file)).PUT(HttpRequest.BodyPublishers.ofFile(path)), file.size()));
    }

    /**
     * Makes a checkpoint whose files were brought the one that the next attempt goes on from.
     *
     * @throws Declined with status 409 where the lease is lost, or a file is not there
     */
    public void save(Attempt attempt, SavedCheckpoint checkpoint) {
        peer.persist(patience, () -> peer.once(peer.send("POST", checkpointsOf(attempt), checkpoint)));
    }

    private static String blob(Attempt attempt, Manifest.File file) {
        return checkpointsOf(attempt) + "/blobs/" + file.digest();
    }

    private static String checkpointsOf(Attempt attempt) {
        return "/internal/checkpoints/" + attempt.job() + "/" + attempt.number();
    }

    private static String lease(Attempt attempt) {
        return "/internal/leases/" + attempt.job() + "/" + attempt.number();
    }
}
