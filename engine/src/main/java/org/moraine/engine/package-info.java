/**
 * The training library. A program reads a model folder ({@code model}), puts an adapter on it ({@code adapter}), reads
 * examples ({@code tokenizer}, {@code data}), trains ({@code training}) and generates ({@code generation}). Everything
 * heavy happens in TorchScript programs that Java writes as text ({@code torchscript}).
 */
@NullMarked
package org.moraine.engine;

import org.jspecify.annotations.NullMarked;
