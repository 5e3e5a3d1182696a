package org.moraine.registry.publish;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;

/**
 * The beginning of a safetensors file: eight bytes that say how long the header is, then JSON with each tensor's type,
 * shape and place. What every reader relies on is looked at here, so that nobody pulls a file that claims what it has not.
 */
final class SafetensorsHeader {

    /** As the format's own reader: longer ones are taken for an attack. */
    private static final long LONGEST = 100_000_000;

    private static final int LENGTH = 8;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(8).build())
            .build();

    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("BOOL", 8),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("I16", 16),
            Map.entry("U16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I32", 32),
            Map.entry("U32", 32),
            Map.entry("F32", 32),
            Map.entry("F64", 64),
            Map.entry("I64", 64),
            Map.entry("U64", 64));

    private final String path;
    private final Map<Long, Long> places = new TreeMap<>();

    private SafetensorsHeader(String path) {
        this.path = path;
    }

    /**
     * Reads a header. Throws {@link Refused} naming the file where it is too long for the file, no JSON, or where the
     * tensors' places overlap, leave something out or do not fit their shapes.
     */
    static void check(String path, long size, InputStream bytes) throws IOException {
        new SafetensorsHeader(path).read(size, bytes);
    }

    private void read(long size, InputStream bytes) throws IOException {
        byte[] first = bytes.readNBytes(LENGTH);
        long length = first.length < LENGTH
                ? -1
                : ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong();
        require(length >= 2 && length <= LONGEST && length <= size - LENGTH, "its header is longer than the file");
        byte[] header = bytes.readNBytes((int) length);
        require(header.length == length, "it ends within its header");
        try (JsonParser json = JSON.createParser(header)) {
            require(json.nextToken() == JsonToken.START_OBJECT, "its header is no JSON object");
            for (String name; (name = json.nextFieldName()) != null; ) {
                json.nextToken();
                if (name.equals("__metadata__")) {
                    json.skipChildren();
                } else {
                    tensor(name, json);
                }
            }
        } catch (JsonProcessingException e) {
            throw refused("its header is no JSON: " + e.getOriginalMessage());
        }
        long end = 0;
        for (Map.Entry<Long, Long> place : places.entrySet()) {
            require(place.getKey() == end, "its tensors overlap or leave bytes out at " + end);
            end = place.getValue();
        }
        require(end == size - LENGTH - length, "its tensors end at " + end + ", its bytes elsewhere");
    }

    private void tensor(String name, JsonParser json) throws IOException {
        require(json.currentToken() == JsonToken.START_OBJECT, "'" + name + "' is no tensor");
        String type = null;
        long elements = -1;
        long from = -1;
        long to = -1;
        for (String field; (field = json.nextFieldName()) != null; ) {
            json.nextToken();
            switch (field) {
                case "dtype" -> type = json.getText();
                case "shape" -> elements = elements(name, json);
                case "data_offsets" -> {
                    require(json.currentToken() == JsonToken.START_ARRAY, "'" + name + "' has no place");
                    from = json.nextLongValue(-1);
                    to = json.nextLongValue(-1);
                    require(json.nextToken() == JsonToken.END_ARRAY, "'" + name + "' has more than one place");
                }
                default -> json.skipChildren();
            }
        }
        require(from >= 0 && to >= from && elements >= 0, "'" + name + "' has no shape or no place");
        Integer bits = bits(type);
        if (bits != null) {
            require(fits(elements, bits, to - from), "'" + name + "' does not have the bytes of its shape");
        }
        if (to > from) { // a tensor without elements is nowhere
            require(places.put(from, to) == null, "two tensors begin at " + from);
        }
    }

    private long elements(String name, JsonParser json) throws IOException {
        require(json.currentToken() == JsonToken.START_ARRAY, "'" + name + "' has no shape");
        long elements = 1;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            require(json.currentToken() == JsonToken.VALUE_NUMBER_INT, "'" + name + "' has no shape of whole numbers");
            try {
                elements = Math.multiplyExact(elements, json.getLongValue());
            } catch (ArithmeticException e) {
                throw refused("'" + name + "' is larger than anything");
            }
            require(elements >= 0, "'" + name + "' has a negative shape");
        }
        return elements;
    }

    /** Null for a type that is newer than this list: only its place is looked at. */
    private static @Nullable Integer bits(@Nullable String type) {
        return type == null ? null : BITS.get(type);
    }

    private static boolean fits(long elements, int bits, long bytes) {
        return elements <= Long.MAX_VALUE / bits && elements * bits / 8 == bytes;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw refused(otherwise);
        }
    }

    private Refused refused(String why) {
        return Refused.invalid(path, path + " is no safetensors file: " + why);
    }
}
