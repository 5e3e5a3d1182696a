package org.moraine.engine.training;

/**
 * How a training ended.
 *
 * @param steps updates made
 * @param trainedTokens tokens that were learnt, counted each time
 * @param finished whether all steps were made; false where the listener ended it
 */
public record TrainingResult(int steps, long trainedTokens, double seconds, boolean finished) {}
