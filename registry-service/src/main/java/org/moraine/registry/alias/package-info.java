/**
 * Aliases: names such as {@code production} that a team moves from version to version. Every move is kept, with who
 * made it and when; a pull by alias sees the move at once.
 */
@NullMarked
package org.moraine.registry.alias;

import org.jspecify.annotations.NullMarked;
