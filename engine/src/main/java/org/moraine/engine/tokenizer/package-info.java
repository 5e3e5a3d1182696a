/**
 * Text becomes ids and ids become text, exactly as the model folder's {@code tokenizer.json} says; a conversation
 * becomes text through the folder's own chat template. Everything here works without libtorch.
 */
@NullMarked
package org.moraine.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
