package org.moraine.contracts;

/**
 * What the topic {@code moraine.jobs} carries: one job is due now.
 *
 * @param attempt the fencing token, from 1; a lease is given to this attempt only while it is the newest
 */
public record Dispatch(JobId job, int attempt, TeamName team) {

    /** The Kafka topic; one partition, read by the workers' share group. */
    public static final String TOPIC = "moraine.jobs";

    /** The workers' share group. */
    public static final String GROUP = "moraine-workers";
}
