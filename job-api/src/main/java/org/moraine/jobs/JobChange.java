package org.moraine.jobs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.ChosenSettings;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Publication;
import org.moraine.contracts.Refused;

/**
 * One change of one job: its row is locked, its transaction open. Every move a job makes is one of these methods; an
 * illegal one throws {@link Refused} with a conflict and leaves everything as it was.
 */
public final class JobChange {

    private final Handle handle;
    private final JobEvents events;
    private final Instant now;
    private final List<JobEvents.New> told = new ArrayList<>();
    private Job job;
    private @Nullable Needs needs;
    private @Nullable String dispatchedTo;
    private @Nullable Integer requeuedAfter;

    JobChange(Handle handle, Job job, JobEvents events, Instant now) {
        this.handle = handle;
        this.job = job;
        this.events = events;
        this.now = now;
    }

    /** The job as this change has left it so far. */
    public Job job() {
        return job;
    }

    /** What its readers are told when it is done, in this order. */
    List<JobEvents.New> told() {
        return told;
    }

    /** What a worker must have; null where this change does not say. */
    @Nullable
    Needs needs() {
        return needs;
    }

    /** The kind of workers that an attempt goes to; null where this change sends none. */
    @Nullable
    String dispatchedTo() {
        return dispatchedTo;
    }

    /** The attempt after which they are counted anew; null where this change does not begin to. */
    @Nullable
    Integer requeuedAfter() {
        return requeuedAfter;
    }

    /** The change's transaction. */
    public Handle handle() {
        return handle;
    }

    /** The change's moment. */
    public Instant now() {
        return now;
    }

    /** Its files are good: it waits for a worker with what it needs from now on. */
    public void queue(Needs needs) {
        move(JobStatus.QUEUED);
        this.needs = needs;
        state(job.state().attempt(), now, null, null);
        message(JobEvents.Level.INFO, "Files validated, moving job to queued state");
    }

    /** Its team holds it: no attempt is due until it is resumed. */
    public void pause() {
        move(JobStatus.PAUSED);
        state(job.state().attempt(), null, null, null);
        job = job.with(job.progress().at(job.progress().trainedTokens(), null));
        message(JobEvents.Level.INFO, "Fine-tuning job paused");
    }

    /** It waits for a worker again, which goes on from the newest checkpoint. */
    public void resume() {
        move(JobStatus.QUEUED);
        state(job.state().attempt(), now, null, null);
        message(JobEvents.Level.INFO, "Fine-tuning job resumed, moving job to queued state");
    }

    /** It failed with its attempts spent, and waits for a worker again, with attempts counted anew. */
    public void requeue() {
        move(JobStatus.QUEUED);
        job = job.with(Job.Ending.NONE);
        state(job.state().attempt(), now, null, null);
        requeuedAfter = job.state().attempt();
        message(JobEvents.Level.INFO, "Fine-tuning job requeued, moving job to queued state");
    }

    /** The next attempt is put onto the topic of a kind of workers; gives its number. */
    public int dispatch(String kind) {
        if (job.state().due() == null || job.status().ended()) {
            throw conflict("has no attempt due");
        }
        int attempt = job.state().attempt() + 1;
        dispatchedTo = kind;
        state(attempt, null, now, job.state().command());
        return attempt;
    }

    /** The newest attempt is put onto the topic of a kind of workers once more, since nobody took it; gives its number. */
    public int dispatchAgain(String kind) {
        if (job.state().dispatched() == null) {
            throw conflict("has no attempt waiting to be taken");
        }
        dispatchedTo = kind;
        state(job.state().attempt(), null, now, job.state().command());
        return job.state().attempt();
    }

    /** A worker took the newest attempt. */
    public void take() {
        if (job.state().dispatched() == null) {
            throw conflict("has no attempt waiting to be taken");
        }
        if (job.status() != JobStatus.RUNNING) {
            move(JobStatus.RUNNING);
        }
        state(job.state().attempt(), null, null, job.state().command());
        Job.Progress before = job.progress();
        job = job.with(new Job.Progress(
                before.startedAt() == null ? now : before.startedAt(), before.chosen(), before.trainedTokens(), null));
    }

    /** The worker has begun to train, with these values where its settings left something open. */
    public void begin(ChosenSettings chosen) {
        Job.Progress before = job.progress();
        job = job.with(new Job.Progress(before.startedAt(), chosen, before.trainedTokens(), before.estimatedFinish()));
    }

    /** The training is so far; tokens never count back within an attempt. */
    public void advance(long trainedTokens, Duration left) {
        Long before = job.progress().trainedTokens();
        job = job.with(
                job.progress().at(before == null ? trainedTokens : Math.max(before, trainedTokens), now.plus(left)));
    }

    /** The newest attempt ended without a result; the next one may be dispatched from {@code due} on. */
    public void tryAgain(Instant due) {
        if (job.status() != JobStatus.RUNNING) {
            throw conflict("is not running");
        }
        state(job.state().attempt(), due, null, null);
        job = job.with(job.progress().at(null, null));
    }

    /** The worker that trains it is to be told something. */
    public void tell(JobCommand.Kind command) {
        if (job.status() != JobStatus.RUNNING) {
            throw conflict("is not running");
        }
        state(job.state().attempt(), job.state().due(), job.state().dispatched(), command);
    }

    /** Its adapter is a version, and the numbers of its steps are a file of its team. */
    public void succeed(Publication.Made made, long trainedTokens, String resultFile) {
        move(JobStatus.SUCCEEDED);
        job = job.with(job.progress().at(trainedTokens, null));
        end(new Job.Ending(now, null, made, resultFile));
        message(JobEvents.Level.INFO, "New fine-tuned model created: " + job.fineTunedModel());
        message(JobEvents.Level.INFO, "The job has successfully completed");
    }

    public void fail(Problem problem) {
        move(JobStatus.FAILED);
        end(new Job.Ending(now, problem, null, null));
        message(JobEvents.Level.ERROR, "The job failed: " + problem.message());
    }

    public void cancel() {
        move(JobStatus.CANCELLED);
        end(new Job.Ending(now, null, null, null));
        message(JobEvents.Level.INFO, "Fine-tuning job cancelled");
    }

    /** Writes what its readers are told so far, for one who is about to read it in the change's transaction. */
    public void tellNow() {
        events.add(handle, told);
        told.clear();
    }

    /** Tells the job's readers something. */
    public void message(JobEvents.Level level, String text) {
        told.add(new JobEvents.New(job.id(), now, level, text, null));
    }

    /** An attempt goes on after a step: what was told of later steps is made again, and told no more. */
    public void goOn(int afterStep) {
        tellNow();
        events.supersede(handle, job.id(), afterStep);
    }

    /** Tells the job's readers numbers. */
    public void metrics(String text, ObjectNode data) {
        told.add(new JobEvents.New(job.id(), now, JobEvents.Level.INFO, text, data));
    }

    private void move(JobStatus to) {
        if (!job.status().next().contains(to)) {
            throw conflict("is " + job.status().word() + " and cannot become " + to.word());
        }
        Job.State state = job.state();
        job = job.with(new Job.State(to, state.attempt(), state.due(), state.dispatched(), state.command()));
    }

    private void state(
            int attempt, @Nullable Instant due, @Nullable Instant dispatched, JobCommand.@Nullable Kind command) {
        job = job.with(new Job.State(job.status(), attempt, due, dispatched, command));
    }

    private void end(Job.Ending ending) {
        state(job.state().attempt(), null, null, null);
        job = job.with(job.progress().at(job.progress().trainedTokens(), null)).with(ending);
    }

    private Refused conflict(String what) {
        return conflict(job.id(), what);
    }

    private static Refused conflict(JobId id, String what) {
        return Refused.conflict("invalid_job_state", "Job " + id + " " + what);
    }
}
