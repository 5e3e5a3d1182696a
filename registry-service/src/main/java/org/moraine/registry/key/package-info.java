/** The keys that persons and programs hold: made, listed and taken away by whoever holds the admin key. */
@NullMarked
package org.moraine.registry.key;

import org.jspecify.annotations.NullMarked;
