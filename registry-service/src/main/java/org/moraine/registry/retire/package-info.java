/**
 * Versions that are no longer wanted. A deprecated one says so to whoever pulls it. A deleted one is not there any more,
 * but comes back when the deletion is undone, until it is purged. Nothing of the version itself is changed by either.
 */
@NullMarked
package org.moraine.registry.retire;

import org.jspecify.annotations.NullMarked;
