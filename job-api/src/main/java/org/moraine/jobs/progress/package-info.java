/**
 * What workers report becomes what a team sees. {@link org.moraine.jobs.progress.EventProjection} reads the topic {@code
 * moraine.job-events} and moves jobs, each event once; {@link org.moraine.jobs.progress.EventsResource} lists a job's
 * events, and {@link org.moraine.jobs.progress.EventStream} sends them on while they happen.
 */
@NullMarked
package org.moraine.jobs.progress;

import org.jspecify.annotations.NullMarked;
