/**
 * What is trained: a method's matrices on a base model's projections, how many there are, how they start, and the files
 * they are kept in. {@code mora} and {@code lora} hold the methods' mathematics.
 */
@NullMarked
package org.moraine.engine.adapter;

import org.jspecify.annotations.NullMarked;
