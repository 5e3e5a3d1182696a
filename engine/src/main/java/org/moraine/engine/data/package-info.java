/**
 * A training file (JSON Lines) becomes examples: ids, and which of them are learnt. {@code TrainingFile.check} finds
 * every line that is no example without a tokenizer or native code; {@code TrainingFile.read} makes the examples, or
 * says which line is wrong. {@code Packing} joins examples end to end for continued pretraining.
 */
@NullMarked
package org.moraine.engine.data;

import org.jspecify.annotations.NullMarked;
