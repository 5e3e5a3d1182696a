package org.moraine.worker;

import org.moraine.contracts.JobCommand;

/** Why an attempt ends before its adapter is published. */
public enum Stop {
    /** Its team cancelled the job. */
    CANCEL,
    /** The lease is another's, or over: nothing may be published or said any more. */
    LEASE_LOST,
    /** job-api did not answer for longer than the worker's patience, so that nobody knows whose the lease is. */
    JOB_API_AWAY,
    /** This worker is told to go; the lease is given back. */
    SHUTDOWN;

    public static Stop of(JobCommand.Kind command) {
        return switch (command) {
            case CANCEL -> Stop.CANCEL;
        };
    }
}
