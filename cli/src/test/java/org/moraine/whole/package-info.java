/**
 * The tests through all services: real Kafka, PostgreSQL and object store, the services as processes, jobs on Pebble.
 * {@link org.moraine.whole.Stack} is the one stack they share.
 */
package org.moraine.whole;
