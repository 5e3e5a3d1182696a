package org.moraine.worker;

import org.moraine.contracts.JobCommand;

/** Why an attempt ends before its adapter is published. */
public enum Stop {
    /** Its team cancelled the job. */
    CANCEL,
    /** Its team paused the job; another attempt goes on when it is resumed. */
    PAUSE,
    /** The lease is another's, or over: nothing may be published or said any more. */
    LEASE_LOST,
    /** job-api did not answer for longer than the worker's patience, so that nobody knows whose the lease is. */
    JOB_API_AWAY,
    /** This worker is told to go; the lease is given back. */
    SHUTDOWN;

    public static Stop of(JobCommand.Kind command) {
        return switch (command) {
            case CANCEL -> Stop.CANCEL;
            case PAUSE -> Stop.PAUSE;
        };
    }

    /** Whether the attempt leaves a checkpoint: its lease runs still, and job-api is there to take it. */
    public boolean leavesCheckpoint() {
        return switch (this) {
            case CANCEL, PAUSE, SHUTDOWN -> true;
            case LEASE_LOST, JOB_API_AWAY -> false;
        };
    }
}
