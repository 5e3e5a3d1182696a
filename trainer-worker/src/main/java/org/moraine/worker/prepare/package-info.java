/**
 * What an attempt needs on this machine's disk before it can train: a folder of its own, training and
 * validation file with size and digest checked, and the base model, shipped or downloaded.
 */
@NullMarked
package org.moraine.worker.prepare;

import org.jspecify.annotations.NullMarked;
