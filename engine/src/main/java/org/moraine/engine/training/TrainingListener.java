package org.moraine.engine.training;

import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.History;

/** Sees every step of a training and may end it. Called on the training's own thread; a slow listener slows it. */
public interface TrainingListener {

    /** After each optimizer update. */
    void stepped(StepReport report);

    /** Instead of {@link #stepped}, where loss or gradients were not finite and nothing was updated. */
    default void skipped(History.Skipped step) {}

    /** After each evaluation, which comes after its step's {@link #stepped}. */
    default void evaluated(History.Evaluated evaluated) {}

    /** Asked before each step; false ends the training there. */
    default boolean goOn() {
        return true;
    }

    /**
     * Asked after each step of a training that has a folder for checkpoints, and once more when {@link #goOn} has ended
     * it after a step that left none.
     *
     * @param step passed steps
     * @param ending whether the training ends here, before its last step
     */
    default boolean wantsCheckpoint(int step, boolean ending) {
        return false;
    }

    /** After a checkpoint; the disk holds it, and older ones may be gone. */
    default void checkpointed(Checkpoint checkpoint) {}
}
