/**
 * What leaves the engine: an adapter as LoRA's two matrices for programs that know no MoRA, or merged into a whole
 * model. Before anything is put in its place, its logits are held against base model and adapter.
 */
@NullMarked
package org.moraine.engine.export;

import org.jspecify.annotations.NullMarked;
