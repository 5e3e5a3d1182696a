package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What happened to a job at its worker; carried by the topic {@code moraine.job-events}, keyed by job.
 *
 * @param attempt the fencing token of the lease under which it happened
 * @param sequence counts the attempt's events from 0; with job and attempt it names the event, so that a second
 *     delivery is known as one
 */
public record JobEvent(JobId job, int attempt, long sequence, Instant at, Body body) {

    public static final String TOPIC = "moraine.job-events";

    public JobEvent {
        if (job == null || at == null || body == null || attempt < 1 || sequence < 0) {
            throw Refused.invalid(
                    "event", "An event has a job, an attempt from 1, a sequence from 0, a time and a body");
        }
    }

    /** What happened. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Started.class, name = "started"),
        @JsonSubTypes.Type(value = Stepped.class, name = "stepped"),
        @JsonSubTypes.Type(value = Evaluated.class, name = "evaluated"),
        @JsonSubTypes.Type(value = Published.class, name = "published"),
        @JsonSubTypes.Type(value = Failed.class, name = "failed"),
        @JsonSubTypes.Type(value = Stopped.class, name = "stopped")
    })
    public sealed interface Body permits Started, Stepped, Evaluated, Published, Failed, Stopped {}

    /**
     * The worker has base model and data at hand and begins to train. What earlier attempts said of steps behind
     * {@code afterStep} no longer counts: they are made again.
     *
     * @param afterStep the step of the checkpoint that it goes on from, 0 where it begins
     * @param chosen null from a worker that does not say
     */
    public record Started(
            String worker,
            @JsonProperty("total_steps") int totalSteps,
            long examples,
            @JsonProperty("after_step") int afterStep,
            @Nullable ChosenSettings chosen)
            implements Body {}

    /**
     * One optimizer update.
     *
     * @param step from 1
     * @param loss mean over the batch's trained tokens, in nats
     * @param accuracy the share of those tokens that no other was likelier than; null from a worker that does not say
     * @param trainedTokens all trained tokens of the training so far
     * @param tokensPerSecond over the last steps, counting every token that passed the model
     */
    public record Stepped(
            int step,
            @JsonProperty("total_steps") int totalSteps,
            double loss,
            @Nullable Double accuracy,
            @JsonProperty("learning_rate") double learningRate,
            @JsonProperty("trained_tokens") long trainedTokens,
            @JsonProperty("tokens_per_second") double tokensPerSecond,
            @JsonProperty("seconds_left") double secondsLeft)
            implements Body {}

    /**
     * The training was measured, after a step that was said before.
     *
     * @param step after which, from 1
     * @param loss mean over the labelled tokens of the examples that are not learnt, in nats
     * @param accuracy the share of those tokens that were the likeliest
     * @param trainLoss that step's, as it was said; null where it made no update
     */
    public record Evaluated(
            int step,
            @JsonProperty("total_steps") int totalSteps,
            double loss,
            double accuracy,
            @JsonProperty("train_loss") @Nullable Double trainLoss)
            implements Body {}

    /** The adapter is a version in the registry; the job's last event. */
    public record Published(
            AdapterName adapter,
            int version,
            String commit,
            @JsonProperty("trained_tokens") long trainedTokens) implements Body {}

    /** The attempt ended without an adapter; {@code again} says whether another attempt could do better. */
    public record Failed(Problem problem, boolean again) implements Body {}

    /** The attempt ended because it was told to. */
    public record Stopped(JobCommand.Kind command) implements Body {}
}
