package org.moraine.engine.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a training has seen, from its first step on, over however many processes.
 *
 * @param steps the updates made, in order
 * @param skipped the steps that were left out because their numbers were not finite
 * @param evaluations on examples that are not learnt
 */
public record History(List<Step> steps, List<Skipped> skipped, List<Evaluated> evaluations) {

    public History {
        steps = List.copyOf(steps);
        skipped = List.copyOf(skipped);
        evaluations = List.copyOf(evaluations);
    }

    /** Nothing yet. */
    public static History none() {
        return new History(List.of(), List.of(), List.of());
    }

    /**
     * One optimizer update.
     *
     * @param step from 1
     * @param loss mean over the step's trained tokens, in nats
     * @param tokens that passed the model, without padding
     * @param seconds the step took
     */
    public record Step(
            int step,
            double loss,
            @JsonProperty("learning_rate") double learningRate,
            long tokens,
            double seconds) {}

    /**
     * One step without an update.
     *
     * @param step from 1
     * @param loss as it was computed
     * @param gradientNorm as it was computed
     */
    public record Skipped(
            int step,
            double loss,
            @JsonProperty("gradient_norm") double gradientNorm) {}

    /**
     * One evaluation on examples that are not learnt.
     *
     * @param step after which it was made
     * @param loss mean over the labelled tokens of all of them, in nats
     * @param accuracy the share of those tokens that were the likeliest
     * @param tokens how many they were
     * @param samples what was answered then
     */
    public record Evaluated(int step, double loss, double accuracy, long tokens, List<Sample> samples) {

        public Evaluated {
            samples = List.copyOf(samples);
        }
    }

    /** What was answered to a prompt, the likeliest token each time. */
    public record Sample(String prompt, String text) {}

    /** The evaluation with the lowest loss, the earliest of equal ones. */
    public Optional<Evaluated> best() {
        return evaluations.stream()
                .filter(evaluated -> !Double.isNaN(evaluated.loss))
                .min(Comparator.comparingDouble(Evaluated::loss));
    }
}
