/** The loop: batches from examples, one native call a step, a listener as its only window. */
@NullMarked
package org.moraine.engine.training;

import org.jspecify.annotations.NullMarked;
