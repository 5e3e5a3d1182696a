/**
 * The whole state of a training between two steps, in a folder from which another process, on this machine or another,
 * goes on as if nothing had happened. Read {@code Checkpoint} first.
 */
@NullMarked
package org.moraine.engine.checkpoint;

import org.jspecify.annotations.NullMarked;
