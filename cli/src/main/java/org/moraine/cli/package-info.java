/**
 * What {@code ./moraine} runs, one class a command. {@link org.moraine.cli.Demo} shows everything once; {@link
 * org.moraine.cli.Up}, {@link org.moraine.cli.Down} and {@link org.moraine.cli.Status} are about the stack; {@link
 * org.moraine.cli.Train}, {@link org.moraine.cli.Generate} and {@link org.moraine.cli.Score} use the engine alone.
 */
@NullMarked
package org.moraine.cli;

import org.jspecify.annotations.NullMarked;
