/**
 * One attempt from its lease to its last event: base model and data are got ready, the engine trains, every step is
 * said, the adapter is published; and whatever goes wrong on the way becomes the attempt's ending, with nothing
 * half-written left.
 */
@NullMarked
package org.moraine.worker.train;

import org.jspecify.annotations.NullMarked;
