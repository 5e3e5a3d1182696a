package org.moraine.engine.training;

import org.moraine.engine.checkpoint.History;

/**
 * How a training ended.
 *
 * @param steps passed, those before a checkpoint it went on from too
 * @param trainedTokens tokens that were learnt, counted each time
 * @param seconds of this process
 * @param finished whether all steps were passed, or evaluations ran out of patience; false where the listener ended it
 * @param history every step since the training's beginning
 */
public record TrainingResult(int steps, long trainedTokens, double seconds, boolean finished, History history) {}
