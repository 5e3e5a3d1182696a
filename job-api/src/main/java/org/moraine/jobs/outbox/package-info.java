/**
 * The way to Kafka. A room that has something to send writes it into the {@link org.moraine.jobs.outbox.Outbox} in the
 * transaction of the change itself; {@link org.moraine.jobs.outbox.OutboxRelay} sends what is committed, in order and
 * at least once. {@link org.moraine.jobs.outbox.Topics} makes the topics, and sets up the workers' share group.
 */
@NullMarked
package org.moraine.jobs.outbox;

import org.jspecify.annotations.NullMarked;
