/**
 * What crosses a service boundary: identifiers, the job specification, what Kafka carries, the manifest of a version,
 * and the one way to refuse a caller. Plain records; each exists once and checks itself when it is made.
 */
@NullMarked
package org.moraine.contracts;

import org.jspecify.annotations.NullMarked;
