package org.moraine.engine.training;

import org.moraine.engine.checkpoint.History;

/**
 * One optimizer update.
 *
 * @param step from 1
 * @param loss mean over the step's trained tokens, in nats
 * @param accuracy the share of those tokens that no other was likelier than
 * @param gradientNorm before clipping
 * @param tokens that passed the model in this step, without padding
 * @param trainedTokens of the whole training so far
 * @param seconds the step took
 * @param tokensPerSecond over the last steps
 * @param secondsLeft until the last step, at the pace of the last steps
 */
public record StepReport(
        int step,
        int totalSteps,
        double loss,
        double accuracy,
        double gradientNorm,
        double learningRate,
        long tokens,
        long trainedTokens,
        double seconds,
        double tokensPerSecond,
        double secondsLeft) {

    /** What of it is kept in the training's history. */
    public History.Step made() {
        return new History.Step(step, loss, learningRate, tokens, seconds);
    }
}
