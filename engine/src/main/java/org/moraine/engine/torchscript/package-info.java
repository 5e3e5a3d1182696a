/**
 * Program text in, callable out. DJL offers libtorch's single operations only; a TorchScript program, written as text
 * and packed as the archive that libtorch loads, reaches all of them and runs a whole training step in one native call.
 */
@NullMarked
package org.moraine.engine.torchscript;

import org.jspecify.annotations.NullMarked;
