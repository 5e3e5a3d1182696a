/** Programs that measure speed and memory. They are run by hand on a quiet machine; no test is timed. */
@NullMarked
package org.moraine.benchmarks;

import org.jspecify.annotations.NullMarked;
