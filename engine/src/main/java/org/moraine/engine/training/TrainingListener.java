package org.moraine.engine.training;

/** Sees every step of a training and may end it. Called on the training's own thread; a slow listener slows it. */
public interface TrainingListener {

    /** After each optimizer update. */
    void stepped(StepReport report);

    /** Asked before each step; false ends the training there. */
    default boolean goOn() {
        return true;
    }
}
