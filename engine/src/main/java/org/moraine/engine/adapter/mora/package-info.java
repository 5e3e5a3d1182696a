/** MoRA (arXiv 2405.12130): one square matrix between fixed compress and decompress maps. */
@NullMarked
package org.moraine.engine.adapter.mora;

import org.jspecify.annotations.NullMarked;
