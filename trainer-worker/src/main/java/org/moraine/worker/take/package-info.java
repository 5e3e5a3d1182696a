/**
 * Where a job comes to this worker: it says that it is there, takes the next dispatch from the share group, claims the
 * lease, keeps it while the attempt runs, and gives it back if the attempt is left unfinished. One record at a time; a
 * record is acknowledged right after the claim and never held for the length of a training.
 */
@NullMarked
package org.moraine.worker.take;

import org.jspecify.annotations.NullMarked;
