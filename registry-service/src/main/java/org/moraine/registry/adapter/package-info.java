/** Adapters as a team lists them: each with its newest versions and its aliases. Publishing the first version makes one. */
@NullMarked
package org.moraine.registry.adapter;

import org.jspecify.annotations.NullMarked;
