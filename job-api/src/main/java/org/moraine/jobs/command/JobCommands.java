package org.moraine.jobs.command;

import jakarta.inject.Singleton;
import org.jboss.logging.Logger;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.jobs.Job;
import org.moraine.jobs.JobChange;
import org.moraine.jobs.JobEvents;
import org.moraine.jobs.JobStatus;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.dispatch.Dispatcher;
import org.moraine.jobs.files.StoredFiles;
import org.moraine.jobs.lease.Leases;
import org.moraine.jobs.outbox.Outbox;
import org.moraine.jobs.outbox.OutboxRelay;

/** Carries out, or passes on, what a team tells its jobs. */
@Singleton
class JobCommands {

    private static final Logger LOG = Logger.getLogger(JobCommands.class);

    private final Jobs jobs;
    private final Leases leases;
    private final Outbox outbox;
    private final OutboxRelay relay;
    private final Dispatcher dispatcher;
    private final StoredFiles files;

    JobCommands(Jobs jobs, Leases leases, Outbox outbox, OutboxRelay relay, Dispatcher dispatcher, StoredFiles files) {
        this.jobs = jobs;
        this.leases = leases;
        this.outbox = outbox;
        this.relay = relay;
        this.dispatcher = dispatcher;
        this.files = files;
    }

    /**
     * Cancels a job. One that a worker has stays running until the worker has stopped, or is not heard of any more;
     * asking again is harmless.
     *
     * @param isRetry whether the client asks again because it had no answer: then a cancelled job is what it asked for
     * @return the job as it is now
     * @throws Refused where the team has no such job, or it has ended
     */
    Job cancel(TeamName team, JobId id, boolean isRetry) {
        Job before = jobs.require(team, id);
        if (isRetry && before.status() == JobStatus.CANCELLED) {
            return before;
        }
        Job job = jobs.change(id, this::cancel).orElseThrow(() -> Jobs.absent(id.value()));
        relay.nudge();
        return job;
    }

    private Job cancel(JobChange change) {
        Job job = change.job();
        if (!leases.isRunning(change.handle(), job.id(), job.state().attempt())) {
            change.cancel();
            LOG.infof("Job cancelled job=%s team=%s", job.id(), job.team());
        } else if (job.state().command() != JobCommand.Kind.CANCEL) {
            tell(change, JobCommand.Kind.CANCEL, "Cancelling the job: its worker is told to stop");
        }
        return change.job();
    }

    /**
     * Pauses a job that is queued or running. One that a worker has stays running until the worker has left a checkpoint
     * and stopped, or is not heard of any more; asking again is harmless.
     *
     * @return the job as it is now
     * @throws Refused where the team has no such job, or it cannot be paused
     */
    Job pause(TeamName team, JobId id) {
        jobs.require(team, id);
        Job job = jobs.change(id, this::pause).orElseThrow(() -> Jobs.absent(id.value()));
        relay.nudge();
        return job;
    }

    private Job pause(JobChange change) {
        Job job = change.job();
        if (job.status() == JobStatus.PAUSED) {
            return job;
        }
        if (job.state().command() == JobCommand.Kind.CANCEL) {
            throw Refused.conflict("invalid_job_state", "Job " + job.id() + " is being cancelled");
        }
        if (!leases.isRunning(change.handle(), job.id(), job.state().attempt())) {
            change.pause();
            LOG.infof("Job paused job=%s team=%s", job.id(), job.team());
        } else if (job.state().command() != JobCommand.Kind.PAUSE) {
            tell(change, JobCommand.Kind.PAUSE, "Pausing the job: its worker is told to leave a checkpoint and stop");
        }
        return change.job();
    }

    private void tell(JobChange change, JobCommand.Kind command, String message) {
        Job job = change.job();
        int attempt = job.state().attempt();
        change.tell(command);
        outbox.put(change.handle(), new JobCommand(job.id(), attempt, command));
        change.message(JobEvents.Level.INFO, message);
        LOG.infof("Job's worker is told to %s job=%s attempt=%d team=%s", command, job.id(), attempt, job.team());
    }

    /**
     * Queues a paused job again; whichever worker takes it goes on from its newest checkpoint.
     *
     * @param isRetry whether the client asks again because it had no answer: then a job that goes on is what it asked for
     * @return the job as it is now
     * @throws Refused where the team has no such job, or it is not paused
     */
    Job resume(TeamName team, JobId id, boolean isRetry) {
        Job before = jobs.require(team, id);
        if (isRetry && (before.status() == JobStatus.QUEUED || before.status() == JobStatus.RUNNING)) {
            return before;
        }
        Job job = jobs.change(id, change -> {
                    if (change.job().status() != JobStatus.PAUSED) {
                        throw Refused.conflict(
                                "invalid_job_state",
                                "Job " + id + " is " + change.job().status().word() + ", not paused");
                    }
                    change.resume();
                    LOG.infof("Job resumed job=%s team=%s", id, team);
                    return change.job();
                })
                .orElseThrow(() -> Jobs.absent(id.value()));
        dispatcher.nudge();
        return job;
    }

    /**
     * Queues a job again that failed because its attempts were spent; they are counted anew, and the next one goes on from
     * the newest checkpoint.
     *
     * @return the job as it is now
     * @throws Refused where the team has no such job, it is none of those, or a file of it is deleted
     */
    Job requeue(TeamName team, JobId id) {
        Job asked = jobs.require(team, id);
        Job job = jobs.change(id, change -> {
                    Problem problem = change.job().ending().problem();
                    if (problem == null || !problem.code().equals(Leases.ATTEMPTS_SPENT)) {
                        throw Refused.conflict(
                                "invalid_job_state",
                                "Job " + id + " is not one that failed because its attempts were spent");
                    }
                    hold(change, team, asked.asked().trainingFile());
                    if (asked.asked().validationFile() != null) {
                        hold(change, team, asked.asked().validationFile());
                    }
                    change.requeue();
                    LOG.infof("Job requeued job=%s team=%s", id, team);
                    return change.job();
                })
                .orElseThrow(() -> Jobs.absent(id.value()));
        dispatcher.nudge();
        return job;
    }

    private void hold(JobChange change, TeamName team, String file) {
        if (files.find(team, file)
                .filter(found -> files.hold(change.handle(), found))
                .isEmpty()) {
            throw Refused.conflict("file_not_found", "File '" + file + "' does not exist any more");
        }
    }
}
