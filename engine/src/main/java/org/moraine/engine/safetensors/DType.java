package org.moraine.engine.safetensors;

/** The number types that the engine reads, with libtorch's code for each. */
public enum DType {
    F32(4, 6),
    F16(2, 5),
    BF16(2, 15);

    private final int bytes;
    private final int torchCode;

    DType(int bytes, int torchCode) {
        this.bytes = bytes;
        this.torchCode = torchCode;
    }

    /** Bytes of one number. */
    public int bytes() {
        return bytes;
    }

    /** The number that stands for the type in a TorchScript program. */
    public int torchCode() {
        return torchCode;
    }
}
