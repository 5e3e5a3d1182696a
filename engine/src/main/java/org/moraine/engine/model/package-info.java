/**
 * A base model: its folder, its weights in native memory, and the one forward pass, written as program text in which an
 * adapter's text takes the place of a plain projection.
 */
@NullMarked
package org.moraine.engine.model;

import org.jspecify.annotations.NullMarked;
