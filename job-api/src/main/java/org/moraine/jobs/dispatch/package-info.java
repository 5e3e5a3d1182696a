/**
 * Queued jobs go out to the workers. The queue is in the database, where its order can still change; {@link
 * org.moraine.jobs.dispatch.Dispatcher} puts onto Kafka what is due now, fairly between teams, and no further ahead than
 * there are idle workers, which {@link org.moraine.jobs.dispatch.Workers} knows.
 */
@NullMarked
package org.moraine.jobs.dispatch;

import org.jspecify.annotations.NullMarked;
