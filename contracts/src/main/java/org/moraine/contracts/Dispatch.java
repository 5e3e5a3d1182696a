package org.moraine.contracts;

/**
 * What the topics of workers' kinds carry: one job is due now.
 *
 * @param attempt the fencing token, from 1; a lease is given to this attempt only while it is the newest
 */
public record Dispatch(JobId job, int attempt, TeamName team) {

    private static final String TOPICS = "moraine.jobs.";

    /** The workers' share group. */
    public static final String GROUP = "moraine-workers";

    /**
     * The Kafka topic of the workers of one kind; one partition, read by the workers' share group.
     *
     * @param kind a {@link WorkerKind}'s word
     */
    public static String topic(String kind) {
        return TOPICS + kind;
    }
}
