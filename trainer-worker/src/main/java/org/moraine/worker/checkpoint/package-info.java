/**
 * An attempt leaves checkpoints at job-api, every so often and when it is told to stop, so that the next attempt, on
 * whichever worker, goes on from the newest. {@link org.moraine.worker.checkpoint.CheckpointUpload} brings them beside
 * the training; {@link org.moraine.worker.checkpoint.CheckpointRestore} fetches what is gone on from.
 */
@NullMarked
package org.moraine.worker.checkpoint;

import org.jspecify.annotations.NullMarked;
