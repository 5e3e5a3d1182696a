/**
 * Tells teams over HTTP what happened to their adapters, as Standard Webhooks says. What is told is written in the
 * transaction of what happened, sent afterwards, and tried again for days until the receiver has taken it.
 */
@NullMarked
package org.moraine.registry.webhook;

import org.jspecify.annotations.NullMarked;
