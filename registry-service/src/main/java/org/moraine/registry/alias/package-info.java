/**
 * Names for versions. An alias, such as {@code production}, is moved from version to version by who knows where it
 * points; every move is kept, with who made it and when, and a pull by alias sees the move at once. An alias's rule may
 * ask for an approval, and for metrics that a version must keep. A tag stays.
 */
@NullMarked
package org.moraine.registry.alias;

import org.jspecify.annotations.NullMarked;
