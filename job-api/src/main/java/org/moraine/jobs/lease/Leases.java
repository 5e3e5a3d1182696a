package org.moraine.jobs.lease;

import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobId;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Lease;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.jobs.JobChange;
import org.moraine.jobs.JobEvents;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.dispatch.Dispatcher;
import org.moraine.jobs.dispatch.Workers;

/**
 * The table of leases, a row an attempt that a worker took. The attempt is the fencing token: what is said under a lease
 * that has ended changes nothing any more.
 */
@Singleton
public class Leases {

    /** The code of a problem for which a job failed that more attempts might mend. */
    public static final String ATTEMPTS_SPENT = "attempts_spent";

    private static final Logger LOG = Logger.getLogger(Leases.class);

    private final Jdbi jdbi;
    private final Jobs jobs;
    private final Workers workers;
    private final Dispatcher dispatcher;
    private final Clock clock;
    private final LeaseConfig config;

    Leases(Jdbi jdbi, Jobs jobs, Workers workers, Dispatcher dispatcher, Clock clock, LeaseConfig config) {
        this.jdbi = jdbi;
        this.jobs = jobs;
        this.workers = workers;
        this.dispatcher = dispatcher;
        this.clock = clock;
        this.config = config;
    }

    /** How a lease ended. */
    public enum Ending {
        PUBLISHED,
        FAILED,
        STOPPED,
        RAN_OUT,
        GIVEN_BACK;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it counts to the attempts a job has. */
        private boolean isSpent() {
            return this == FAILED || this == RAN_OUT;
        }
    }

    /**
     * One attempt that a worker took.
     *
     * @param startedAt when it began to train, null where it did not
     * @param endedAt null while its lease runs, as {@code ending} and {@code reason}
     */
    record Attempt(
            int attempt,
            String worker,
            Instant claimedAt,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable String ending,
            @Nullable String reason) {}

    private record Held(String worker, boolean running) {}

    /**
     * Gives a worker the newest attempt of a job; the same worker gets the same answer again.
     *
     * @throws Refused code {@code stale_attempt} where the attempt is not the newest, another worker has it, or the job
     *     has ended: the dispatch is to be dropped
     */
    Lease claim(Lease.Claim claim) {
        return jobs.change(claim.job(), change -> claim(change, claim)).orElseThrow(() -> stale(claim));
    }

    private Lease claim(JobChange change, Lease.Claim claim) {
        if (claim.attempt() != change.job().state().attempt()
                || change.job().status().ended()) {
            throw stale(claim);
        }
        Optional<Held> held = held(change.handle(), claim.job(), claim.attempt());
        if (held.isPresent()) {
            if (!held.get().running() || !held.get().worker().equals(claim.worker())) {
                throw stale(claim);
            }
            return renewed(change, claim.attempt());
        }
        if (change.job().state().dispatched() == null) {
            throw stale(claim); // paused since
        }
        change.take();
        Instant until = change.now().plus(config.lasts());
        change.handle()
                .execute(
                        "INSERT INTO leases (job, attempt, worker, claimed_at, runs_out_at) VALUES (?, ?, ?, ?, ?)",
                        claim.job().value(),
                        claim.attempt(),
                        claim.worker(),
                        change.now(),
                        until);
        workers.took(change.handle(), claim.worker());
        LOG.infof(
                "Job taken job=%s attempt=%d team=%s worker=%s",
                claim.job(), claim.attempt(), change.job().team(), claim.worker());
        return lease(change, claim.attempt(), until);
    }

    /** Renews a lease; throws {@link Refused} code {@code lease_lost} where it has ended: its worker stops at once. */
    Lease renew(JobId job, int attempt) {
        return jobs.change(job, change -> {
                    requireRunning(change.handle(), job, attempt);
                    return renewed(change, attempt);
                })
                .orElseThrow(() -> lost(job, attempt));
    }

    private Lease renewed(JobChange change, int attempt) {
        Instant until = change.now().plus(config.lasts());
        change.handle()
                .execute(
                        "UPDATE leases SET runs_out_at = ? WHERE job = ? AND attempt = ?",
                        until,
                        change.job().id().value(),
                        attempt);
        return lease(change, attempt, until);
    }

    /** A worker gives a lease back with the work unfinished; the next attempt is due at once. Repeatable. */
    void giveBack(JobId job, int attempt) {
        boolean known = jobs.change(job, change -> {
                    Optional<Held> held = held(change.handle(), job, attempt);
                    if (held.isPresent() && held.get().running()) {
                        endUnfinished(change, attempt, Ending.GIVEN_BACK, "its worker was stopped");
                    }
                    return held.isPresent();
                })
                .orElse(false);
        if (!known) {
            throw lost(job, attempt);
        }
        dispatcher.nudge();
    }

    /** What is trained under a lease; throws {@link Refused} code {@code lease_lost} where it has ended. */
    JobSpec spec(JobId job, int attempt) {
        requireRunning(job, attempt);
        return jobs.find(job).orElseThrow(() -> lost(job, attempt)).spec();
    }

    /** Whether what is said under an attempt's lease still counts. */
    public boolean isRunning(Handle handle, JobId job, int attempt) {
        return held(handle, job, attempt).map(Held::running).orElse(false);
    }

    /** Ends an attempt's lease, in the change that ends the job. */
    public void end(JobChange change, int attempt, Ending ending, @Nullable String reason) {
        change.handle()
                .execute(
                        "UPDATE leases SET ended_at = ?, ending = ?, reason = ? WHERE job = ? AND attempt = ?",
                        change.now(),
                        ending.word(),
                        reason,
                        change.job().id().value(),
                        attempt);
    }

    /**
     * Ends an attempt's lease that brought no adapter, and decides what comes then: cancelled where that was asked for,
     * failed with all reasons where the attempts are spent, paused where that was asked for, else another attempt.
     */
    public void endUnfinished(JobChange change, int attempt, Ending ending, String reason) {
        end(change, attempt, ending, reason);
        List<String> reasons = spent(change);
        if (change.job().state().command() == JobCommand.Kind.CANCEL) {
            change.cancel();
        } else if (reasons.size() >= config.attempts()) {
            change.fail(new Problem(
                    Problem.Category.LIMIT,
                    ATTEMPTS_SPENT,
                    "None of " + reasons.size() + " attempts succeeded: " + String.join("; ", reasons),
                    null));
        } else if (change.job().state().command() == JobCommand.Kind.PAUSE) {
            change.pause();
        } else {
            Duration wait =
                    ending.isSpent() ? config.backOff().multipliedBy(1L << (reasons.size() - 1)) : Duration.ZERO;
            change.tryAgain(change.now().plus(wait));
            change.message(JobEvents.Level.WARN, "Attempt " + attempt + " ended, " + reason + "; another one follows");
        }
        LOG.infof(
                "Attempt ended, %s job=%s attempt=%d team=%s status=%s",
                reason,
                change.job().id(),
                attempt,
                change.job().team(),
                change.job().status().word());
    }

    /** All attempts of a job that workers took, the first one first. */
    List<Attempt> attempts(JobId job) {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT attempt, worker, claimed_at, started_at, ended_at, ending, reason
                        FROM leases WHERE job = ? ORDER BY attempt""", job.value())
                .map((row, context) -> new Attempt(
                        row.getInt("attempt"),
                        row.getString("worker"),
                        row.getTimestamp("claimed_at").toInstant(),
                        instant(row, "started_at"),
                        instant(row, "ended_at"),
                        row.getString("ending"),
                        row.getString("reason")))
                .list());
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        Timestamp value = row.getTimestamp(column);
        return value == null ? null : value.toInstant();
    }

    /** Attempts whose lease ran out, of all jobs. */
    List<Lease.Claim> ranOut() {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT job, attempt, worker FROM leases
                        WHERE ended_at IS NULL AND runs_out_at < ? ORDER BY runs_out_at LIMIT 1000""", clock.instant())
                .map((row, context) -> new Lease.Claim(
                        new JobId(row.getString("job")), row.getInt("attempt"), row.getString("worker")))
                .list());
    }

    /** Ends one of {@link #ranOut}, unless it was renewed or ended meanwhile. */
    void reap(Lease.Claim lease) {
        jobs.change(lease.job(), change -> {
            boolean still = change.handle()
                    .select(
                            "SELECT 1 FROM leases WHERE job = ? AND attempt = ? AND ended_at IS NULL AND runs_out_at < ?",
                            lease.job().value(),
                            lease.attempt(),
                            change.now())
                    .mapTo(Integer.class)
                    .findOne()
                    .isPresent();
            if (still) {
                endUnfinished(
                        change,
                        lease.attempt(),
                        Ending.RAN_OUT,
                        "worker " + lease.worker() + " was not heard of any more");
            }
            return still;
        });
        dispatcher.nudge();
    }

    private static List<String> spent(JobChange change) {
        return change.handle()
                .select("""
                        SELECT leases.attempt, reason FROM leases JOIN jobs ON jobs.id = job
                        WHERE job = ? AND ending IN ('failed', 'ran_out') AND leases.attempt > requeued_after
                        ORDER BY leases.attempt""", change.job().id().value())
                .map((row, context) -> "attempt " + row.getInt("attempt") + ", " + row.getString("reason"))
                .list();
    }

    private static Optional<Held> held(Handle handle, JobId job, int attempt) {
        return handle.select(
                        "SELECT worker, ended_at IS NULL AS running FROM leases WHERE job = ? AND attempt = ?",
                        job.value(),
                        attempt)
                .map((row, context) -> new Held(row.getString("worker"), row.getBoolean("running")))
                .findOne();
    }

    /**
     * Notes that an attempt has begun to train; from here on what earlier ones say of their steps counts no more.
     */
    public void started(JobChange change, int attempt) {
        change.handle()
                .execute(
                        "UPDATE leases SET started_at = ? WHERE job = ? AND attempt = ?",
                        change.now(),
                        change.job().id().value(),
                        attempt);
    }

    /**
     * Whether a step that an attempt made still counts. It does beyond the lease's end, since a step may be said and not
     * yet heard when a worker goes or is lost, until a later attempt has begun to train or the job has ended.
     */
    public boolean countsSteps(JobChange change, int attempt) {
        return !change.job().status().ended()
                && change.handle()
                        .select("""
                                SELECT EXISTS (SELECT FROM leases WHERE job = :job AND attempt = :attempt)
                                   AND NOT EXISTS (SELECT FROM leases
                                       WHERE job = :job AND attempt > :attempt AND started_at IS NOT NULL)""")
                        .bind("job", change.job().id().value())
                        .bind("attempt", attempt)
                        .mapTo(Boolean.class)
                        .one();
    }

    /** Throws {@link Refused} code {@code lease_lost} where an attempt's lease has ended. */
    public void requireRunning(JobId job, int attempt) {
        jdbi.useHandle(handle -> requireRunning(handle, job, attempt));
    }

    /** As {@link #requireRunning(JobId, int)}, in the caller's transaction. */
    public void requireRunning(Handle handle, JobId job, int attempt) {
        if (!isRunning(handle, job, attempt)) {
            throw lost(job, attempt);
        }
    }

    private static Lease lease(JobChange change, int attempt, Instant until) {
        return new Lease(
                change.job().id(),
                attempt,
                until,
                change.job().state().command(),
                change.job().spec());
    }

    private static Refused stale(Lease.Claim claim) {
        return Refused.conflict(
                "stale_attempt", "Attempt " + claim.attempt() + " of job " + claim.job() + " is not to be had");
    }

    private static Refused lost(JobId job, int attempt) {
        return Refused.conflict("lease_lost", "The lease of attempt " + attempt + " of job " + job + " has ended");
    }
}
