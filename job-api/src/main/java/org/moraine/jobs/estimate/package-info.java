/**
 * A create request is tried without making a job: it is refused as a job would be, its files are looked through, and
 * {@link org.moraine.jobs.estimate.Estimates} says what its training takes and what it would wait for.
 */
@NullMarked
package org.moraine.jobs.estimate;

import org.jspecify.annotations.NullMarked;
