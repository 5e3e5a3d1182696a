package org.moraine.engine.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.moraine.engine.EngineException;

/**
 * The header of a safetensors file, checked: every tensor lies inside the file, is as long as its shape says, and no
 * two overlap. The data stays on disk until it is asked for or mapped.
 */
public final class SafetensorsFile {

    private static final long LARGEST_HEADER = 100L << 20;
    private static final int COMPARED = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path path;
    private final long size;
    private final Map<String, TensorHeader> tensors;

    private SafetensorsFile(Path path, long size, Map<String, TensorHeader> tensors) {
        this.path = path;
        this.size = size;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Reads and checks the header.
     *
     * @throws EngineException naming the file, and the tensor where one is at fault
     */
    public static SafetensorsFile open(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            long headerBytes = headerBytes(path, channel, size);
            ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
            readFully(channel, header, 8);
            return new SafetensorsFile(path, size, tensors(path, header.array(), 8 + headerBytes, size));
        } catch (IOException e) {
            throw new EngineException(path + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static long headerBytes(Path path, FileChannel channel, long size) throws IOException {
        if (size < 8) {
            throw new EngineException(path + ": is too short for a safetensors file (" + size + " bytes)");
        }
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        readFully(channel, length, 0);
        long headerBytes = length.getLong(0);
        if (headerBytes < 2 || headerBytes > LARGEST_HEADER) {
            throw new EngineException(path + ": the header claims " + Long.toUnsignedString(headerBytes)
                    + " bytes; from 2 to " + LARGEST_HEADER + " are accepted");
        }
        if (headerBytes > size - 8) {
            throw new EngineException(
                    path + ": is cut off: the header claims " + headerBytes + " bytes, the file has " + size);
        }
        return headerBytes;
    }

    private static Map<String, TensorHeader> tensors(Path path, byte[] header, long dataStart, long size) {
        JsonNode root;
        try {
            root = JSON.readTree(header);
        } catch (JsonProcessingException e) {
            throw new EngineException(path + ": the header is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new EngineException(path + ": the header cannot be read: " + e.getMessage(), e);
        }
        if (root == null || !root.isObject()) {
            throw new EngineException(path + ": the header is not a JSON object");
        }
        Map<String, TensorHeader> tensors = new LinkedHashMap<>();
        root.fields().forEachRemaining(field -> {
            if (!field.getKey().equals("__metadata__")) {
                tensors.put(field.getKey(), tensor(path, field.getKey(), field.getValue(), dataStart, size));
            }
        });
        refuseOverlaps(path, tensors);
        return tensors;
    }

    private static TensorHeader tensor(Path path, String name, JsonNode json, long dataStart, long size) {
        DType dtype = dtype(path, name, json.path("dtype").asText());
        JsonNode offsets = json.path("data_offsets");
        JsonNode dimensions = json.path("shape");
        if (!dimensions.isArray()
                || offsets.size() != 2
                || !offsets.get(0).canConvertToLong()
                || !offsets.get(1).canConvertToLong()) {
            throw new EngineException(path + ": tensor " + name + " lacks a shape or two data_offsets");
        }
        List<Long> shape = new ArrayList<>();
        long elements = 1;
        for (JsonNode dimension : dimensions) {
            if (!dimension.isIntegralNumber() || !dimension.canConvertToLong() || dimension.asLong() < 0) {
                throw new EngineException(path + ": tensor " + name + " has the dimension " + dimension);
            }
            shape.add(dimension.asLong());
            elements = multiply(path, name, elements, dimension.asLong());
        }
        long begin = offsets.get(0).asLong();
        long end = offsets.get(1).asLong();
        if (begin < 0 || end < begin || end > size - dataStart) {
            throw new EngineException(path + ": tensor " + name + " claims bytes " + begin + " to " + end
                    + ", the file has " + (size - dataStart) + " of data");
        }
        if (end - begin != multiply(path, name, elements, dtype.bytes())) {
            throw new EngineException(path + ": tensor " + name + " of shape " + shape + " and type " + dtype
                    + " needs " + elements * dtype.bytes() + " bytes, not " + (end - begin));
        }
        return new TensorHeader(name, dtype, List.copyOf(shape), dataStart + begin, end - begin);
    }

    private static long multiply(Path path, String name, long a, long b) {
        try {
            return Math.multiplyExact(a, b);
        } catch (ArithmeticException e) {
            throw new EngineException(path + ": tensor " + name + " is larger than any file", e);
        }
    }

    private static DType dtype(Path path, String name, String word) {
        try {
            return DType.valueOf(word);
        } catch (IllegalArgumentException e) {
            throw new EngineException(
                    path + ": tensor " + name + " has the type '" + word + "'; F32, F16 and BF16 are read", e);
        }
    }

    private static void refuseOverlaps(Path path, Map<String, TensorHeader> tensors) {
        List<TensorHeader> sorted = new ArrayList<>(tensors.values());
        sorted.sort(Comparator.comparingLong(TensorHeader::offset));
        for (int i = 1; i < sorted.size(); i++) {
            TensorHeader before = sorted.get(i - 1);
            if (before.offset() + before.bytes() > sorted.get(i).offset()) {
                throw new EngineException(path + ": tensors " + before.name() + " and "
                        + sorted.get(i).name() + " overlap");
            }
        }
    }

    public Path path() {
        return path;
    }

    /** Bytes of the file. */
    public long size() {
        return size;
    }

    /** All tensors by name, in the header's order. */
    public Map<String, TensorHeader> tensors() {
        return tensors;
    }

    public Optional<TensorHeader> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /**
     * Reads one tensor into memory as 32-bit floats, row-major.
     *
     * @throws EngineException where the file has no such tensor, or it has more than 2^31 - 1 numbers
     */
    public float[] floats(String name) {
        TensorHeader tensor = find(name).orElseThrow(() -> new EngineException(path + ": has no tensor " + name));
        if (tensor.bytes() > Integer.MAX_VALUE) {
            throw new EngineException(path + ": tensor " + name + " is too large to be copied");
        }
        ByteBuffer data = ByteBuffer.allocate((int) tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            readFully(channel, data, tensor.offset());
        } catch (IOException e) {
            throw new EngineException(path + ": tensor " + name + " cannot be read: " + e.getMessage(), e);
        }
        data.flip();
        float[] floats = new float[(int) tensor.elements()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = switch (tensor.dtype()) {
                case F32 -> data.getFloat();
                case F16 -> HalfFloats.fromF16(data.getShort());
                case BF16 -> HalfFloats.fromBf16(data.getShort());
            };
        }
        return floats;
    }

    /** Whether a tensor here and one there are of the same type, shape and values. */
    public boolean sameBytes(TensorHeader here, SafetensorsFile other, TensorHeader there) {
        if (here.dtype() != there.dtype() || !here.shape().equals(there.shape())) {
            return false;
        }
        ByteBuffer mine = ByteBuffer.allocate(COMPARED);
        ByteBuffer theirs = ByteBuffer.allocate(COMPARED);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
                FileChannel otherChannel = FileChannel.open(other.path, StandardOpenOption.READ)) {
            for (long at = 0; at < here.bytes(); at += COMPARED) {
                int count = (int) Math.min(COMPARED, here.bytes() - at);
                readFully(channel, mine.clear().limit(count), here.offset() + at);
                readFully(otherChannel, theirs.clear().limit(count), there.offset() + at);
                if (!mine.flip().equals(theirs.flip())) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new EngineException(path + ": tensor " + here.name() + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static void readFully(FileChannel channel, ByteBuffer into, long position) throws IOException {
        long at = position;
        while (into.hasRemaining()) {
            int read = channel.read(into, at);
            if (read < 0) {
                throw new IOException("the file ends at byte " + at);
            }
            at += read;
        }
    }
}
