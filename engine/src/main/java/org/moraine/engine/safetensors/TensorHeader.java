package org.moraine.engine.safetensors;

import java.util.List;

/**
 * Where one tensor lies in its file.
 *
 * @param shape row-major
 * @param offset of the first byte, from the beginning of the file
 * @param bytes length of the data
 */
public record TensorHeader(String name, DType dtype, List<Long> shape, long offset, long bytes) {

    /** Numbers in the tensor. */
    public long elements() {
        return bytes / dtype.bytes();
    }
}
