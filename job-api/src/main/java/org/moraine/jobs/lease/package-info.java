/**
 * A worker's timed right to one attempt of a job. It claims a lease for the attempt of a dispatch, renews it while it
 * trains, and gives it back or lets it run out; {@link org.moraine.jobs.lease.Leases} decides under the job's lock, so
 * that of all workers one at most is right, and {@link org.moraine.jobs.lease.LeaseReaper} ends what ran out.
 */
@NullMarked
package org.moraine.jobs.lease;

import org.jspecify.annotations.NullMarked;
