/**
 * What the worker tells of an attempt and what it is told, both through Kafka: events go out keyed by job and numbered
 * within the attempt, commands come in and stop the attempt in hand.
 */
@NullMarked
package org.moraine.worker.report;

import org.jspecify.annotations.NullMarked;
