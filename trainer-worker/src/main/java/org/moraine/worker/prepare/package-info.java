/**
 * What an attempt needs on this machine's disk before it can train: a folder of its own, training and
 * validation file with size and digest checked, the base model, shipped or downloaded, and the version that is trained
 * further where there is one.
 */
@NullMarked
package org.moraine.worker.prepare;

import org.jspecify.annotations.NullMarked;
