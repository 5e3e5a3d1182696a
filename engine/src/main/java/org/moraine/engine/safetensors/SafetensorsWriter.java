package org.moraine.engine.safetensors;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.moraine.engine.EngineException;
import org.moraine.engine.WholeFile;

/** Writes a safetensors file, one tensor in memory at a time. */
public final class SafetensorsWriter {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int ALIGNMENT = 8;

    private SafetensorsWriter() {}

    /**
     * One tensor to write.
     *
     * @param dtype F32 or BF16
     * @param values asked for once, when the tensor's turn comes, so that one tensor at a time is in memory
     */
    public record Tensor(String name, DType dtype, List<Long> shape, Supplier<float[]> values) {

        /** Bytes of the data. */
        public long bytes() {
            return shape.stream().reduce(1L, Math::multiplyExact) * dtype.bytes();
        }
    }

    /** Writes the tensors in the order given, with the metadata {@code {"format": "pt"}} that PEFT and transformers ask for. */
    public static void write(Path path, List<Tensor> tensors) {
        WholeFile.write(path, out -> write(out, tensors));
    }

    /** Writes the same bytes into a stream, which stays open. */
    public static void write(OutputStream out, List<Tensor> tensors) throws IOException {
        byte[] header = header(tensors);
        out.write(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .array());
        out.write(header);
        for (Tensor tensor : tensors) {
            out.write(bytes(tensor));
        }
    }

    private static byte[] header(List<Tensor> tensors) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (Tensor tensor : tensors) {
            ObjectNode entry = root.putObject(tensor.name());
            entry.put("dtype", tensor.dtype().name());
            tensor.shape().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(offset).add(offset + tensor.bytes());
            offset += tensor.bytes();
        }
        byte[] json = JSON.writeValueAsBytes(root);
        byte[] padded = new byte[(json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT];
        Arrays.fill(padded, (byte) ' ');
        System.arraycopy(json, 0, padded, 0, json.length);
        return padded;
    }

    private static byte[] bytes(Tensor tensor) {
        float[] values = tensor.values().get();
        if ((long) values.length * tensor.dtype().bytes() != tensor.bytes()) {
            throw new EngineException(
                    "tensor " + tensor.name() + " of shape " + tensor.shape() + " has " + values.length + " values");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (tensor.dtype()) {
                case F32 -> buffer.putFloat(value);
                case BF16 -> buffer.putShort(HalfFloats.toBf16(value));
                case F16 -> throw new EngineException("tensor " + tensor.name() + ": F16 is read, not written");
            }
        }
        return buffer.array();
    }
}
