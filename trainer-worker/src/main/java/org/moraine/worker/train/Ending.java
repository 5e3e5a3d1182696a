package org.moraine.worker.train;

/** How an attempt ended. */
public enum Ending {
    PUBLISHED,
    FAILED,
    /** A command ended it. */
    STOPPED,
    /** The lease is another's; nothing was said. */
    LOST,
    /** The attempt could not be ended in words: the worker goes, or Kafka is away. The lease is to be given back. */
    UNFINISHED
}
