package org.moraine.jobs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.ChosenSettings;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobId;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Publication;
import org.moraine.contracts.TeamName;

/**
 * A job as its row in the database.
 *
 * @param spec what a worker needs to train it; never changes
 * @param asked what the caller asked for; never changes
 */
public record Job(JobSpec spec, Asked asked, State state, Progress progress, Ending ending) {

    /**
     * What the caller asked for, as it is given back.
     *
     * @param suffix null where the adapter is named after its base model
     * @param echo {@code method}, {@code hyperparameters}, {@code integrations} and {@code metadata}
     */
    public record Asked(
            Instant at,
            String trainingFile,
            @Nullable String validationFile,
            @Nullable String suffix,
            ObjectNode echo) {}

    /**
     * Where the job stands.
     *
     * @param attempt the newest attempt that was dispatched, 0 before the first
     * @param due from when on the next attempt may be dispatched; null where none is to be
     * @param dispatched when the newest attempt was put onto the topic; null once it is taken
     * @param command what a worker is told, null where nothing
     */
    public record State(
            JobStatus status,
            int attempt,
            @Nullable Instant due,
            @Nullable Instant dispatched,
            JobCommand.@Nullable Kind command) {}

    /**
     * How far the training is; null where that is not known.
     *
     * @param chosen what it does with, known once a worker has begun it
     */
    public record Progress(
            @Nullable Instant startedAt,
            @Nullable ChosenSettings chosen,
            @Nullable Long trainedTokens,
            @Nullable Instant estimatedFinish) {
        static final Progress NONE = new Progress(null, null, null, null);

        Progress at(@Nullable Long tokens, @Nullable Instant finish) {
            return new Progress(startedAt, chosen, tokens, finish);
        }
    }

    /**
     * How the job ended; all null before.
     *
     * @param resultFile the id of the file with the numbers of its steps; null where it made no version
     */
    public record Ending(
            @Nullable Instant at,
            @Nullable Problem problem,
            Publication.@Nullable Made made,
            @Nullable String resultFile) {
        static final Ending NONE = new Ending(null, null, null, null);
    }

    /** How many characters of its job's id, the last ones, a model's name ends with. */
    static final int NAMED_BY = 8;

    /** A job that was just accepted. */
    public static Job accepted(JobSpec spec, Asked asked) {
        return new Job(
                spec, asked, new State(JobStatus.VALIDATING_FILES, 0, null, null, null), Progress.NONE, Ending.NONE);
    }

    public JobId id() {
        return spec.job();
    }

    public TeamName team() {
        return spec.adapter().team();
    }

    public JobStatus status() {
        return state.status();
    }

    /** What the caller named as model: the base model, or the fine-tuned one that is trained further. */
    public String model() {
        return spec.earlier() == null ? spec.baseModel() : spec.earlier().model();
    }

    /** The name under which OpenAI's clients know the result: {@code ft:base:team:suffix:last 8 of the id}. */
    public String fineTunedModel() {
        String id = id().value();
        return "ft:" + spec.baseModel() + ":" + team() + ":" + (asked.suffix() == null ? "" : asked.suffix()) + ":"
                + id.substring(id.length() - NAMED_BY);
    }

    Job with(State changed) {
        return new Job(spec, asked, changed, progress, ending);
    }

    Job with(Progress changed) {
        return new Job(spec, asked, state, changed, ending);
    }

    Job with(Ending changed) {
        return new Job(spec, asked, state, progress, changed);
    }
}
