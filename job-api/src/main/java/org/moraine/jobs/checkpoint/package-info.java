/**
 * What a job's next attempt goes on from. A worker brings a checkpoint's files as blobs and its manifest last; {@link
 * org.moraine.jobs.checkpoint.Checkpoints} makes it the job's newest in one transaction, under the attempt's lease, and
 * lets go of older ones. The next worker fetches the newest. A team sees the list of all that were made; {@link
 * org.moraine.jobs.checkpoint.Permissions} says which other teams may see one.
 */
@NullMarked
package org.moraine.jobs.checkpoint;

import org.jspecify.annotations.NullMarked;
