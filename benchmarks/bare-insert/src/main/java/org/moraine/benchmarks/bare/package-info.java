/** The least that a service which keeps what it is sent can do: one endpoint, one row, one commit. */
@NullMarked
package org.moraine.benchmarks.bare;

import org.jspecify.annotations.NullMarked;
