/**
 * The ground under the worker's rooms: the attempt in hand and how it is told to stop, and the other services as the
 * worker calls them. A job passes the rooms in this order: {@code take}, {@code prepare}, {@code train}, {@code report},
 * {@code publish}. Start reading at {@link org.moraine.worker.take.DispatchConsumer}.
 */
@NullMarked
package org.moraine.worker;

import org.jspecify.annotations.NullMarked;
