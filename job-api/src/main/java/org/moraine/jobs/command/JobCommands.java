package org.moraine.jobs.command;

import jakarta.inject.Singleton;
import org.jboss.logging.Logger;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.jobs.Job;
import org.moraine.jobs.JobChange;
import org.moraine.jobs.JobEvents;
import org.moraine.jobs.Jobs;
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

    JobCommands(Jobs jobs, Leases leases, Outbox outbox, OutboxRelay relay) {
        this.jobs = jobs;
        this.leases = leases;
        this.outbox = outbox;
        this.relay = relay;
    }

    /**
     * Cancels a job. One that a worker has stays running until the worker has stopped, or is not heard of any more;
     * asking again is harmless.
     *
     * @return the job as it is now
     * @throws Refused where the team has no such job, or it has ended
     */
    Job cancel(TeamName team, JobId id) {
        jobs.require(team, id);
        Job job = jobs.change(id, this::cancel).orElseThrow(() -> Jobs.absent(id.value()));
        relay.nudge();
        return job;
    }

    private Job cancel(JobChange change) {
        Job job = change.job();
        int attempt = job.state().attempt();
        if (!leases.isRunning(change.handle(), job.id(), attempt)) {
            change.cancel();
            LOG.infof("Job cancelled job=%s team=%s", job.id(), job.team());
        } else if (job.state().command() != JobCommand.Kind.CANCEL) {
            change.tell(JobCommand.Kind.CANCEL);
            outbox.put(change.handle(), new JobCommand(job.id(), attempt, JobCommand.Kind.CANCEL));
            change.message(JobEvents.Level.INFO, "Cancelling the job: its worker is told to stop");
            LOG.infof("Job is to be cancelled job=%s attempt=%d team=%s", job.id(), attempt, job.team());
        }
        return change.job();
    }
}
