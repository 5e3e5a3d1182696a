/**
 * A training file (JSON Lines) becomes examples: ids, and which of them are learnt. {@code TrainingFile.check} looks
 * through a file of any size and reports every bad line, without a tokenizer or native code, or with one to count tokens;
 * {@code TrainingFile.read} makes the examples, or says which lines are wrong. On the way: {@code Lines}, {@code
 * LineReader}, {@code Labelling} with {@code RenderedChat}, {@code FileCheck}. {@code Packing} joins examples end to end
 * for continued pretraining.
 */
@NullMarked
package org.moraine.engine.data;

import org.jspecify.annotations.NullMarked;
