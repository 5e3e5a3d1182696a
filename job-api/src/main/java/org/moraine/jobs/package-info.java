/**
 * The ground under the rooms: a {@link org.moraine.jobs.Job} as its row in the database, {@link
 * org.moraine.jobs.JobStatus} with the legal moves, and {@link org.moraine.jobs.JobChange}, through which every change
 * of a job goes. A change locks the job's row, so that whatever happens to one job happens in an order; its events and
 * its outbox rows are written in the same transaction.
 */
@NullMarked
package org.moraine.jobs;

import org.jspecify.annotations.NullMarked;
