/** LoRA (arXiv 2106.09685): two thin matrices. */
@NullMarked
package org.moraine.engine.adapter.lora;

import org.jspecify.annotations.NullMarked;
