/** Files of named tensors (the safetensors format): a JSON header, then the bytes. Read by mapping, written atomically. */
@NullMarked
package org.moraine.engine.safetensors;

import org.jspecify.annotations.NullMarked;
