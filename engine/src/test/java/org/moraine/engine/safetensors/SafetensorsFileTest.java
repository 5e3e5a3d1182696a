package org.moraine.engine.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.moraine.engine.EngineException;

class SafetensorsFileTest {

    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsRead() {
        Path file = folder.resolve("a.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(
                        new SafetensorsWriter.Tensor(
                                "x", DType.F32, List.of(2L, 2L), () -> new float[] {1, -2, 0.5f, 3}),
                        new SafetensorsWriter.Tensor(
                                "y", DType.BF16, List.of(3L), () -> new float[] {1, 1.00390625f, -3})));

        SafetensorsFile read = SafetensorsFile.open(file);

        assertThat(read.tensors().keySet()).containsExactly("x", "y");
        assertThat(read.floats("x")).containsExactly(1, -2, 0.5f, 3);
        // Halfway between two bfloat16 numbers goes to the even one.
        assertThat(read.floats("y")).containsExactly(1, 1, -3);
        assertThat(read.find("x").orElseThrow().offset() % 8).isZero();
        assertThat(folder.toFile().list()).containsExactly("a.safetensors");
    }

    @Test
    void halfPrecisionIsReadExactly() throws IOException {
        Path file = write("{\"h\":{\"dtype\":\"F16\",\"shape\":[5],\"data_offsets\":[0,10]}}", 10);
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer data = ByteBuffer.wrap(bytes, bytes.length - 10, 10).order(ByteOrder.LITTLE_ENDIAN);
        data.putShort((short) 0x3c00)
                .putShort((short) 0xc000)
                .putShort((short) 1)
                .putShort((short) 0x7c00);
        data.putShort((short) 0x8000);
        Files.write(file, bytes);

        assertThat(SafetensorsFile.open(file).floats("h"))
                .containsExactly(1, -2, 0x1p-24f, Float.POSITIVE_INFINITY, -0f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,12]}}           | w | needs 16 bytes, not 12",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,1600]}}           | w | claims bytes 0 to 1600",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[8,-8]}}             | w | claims bytes 8 to -8",
                "{\"w\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}}             | w | type 'I64'",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}            | w | dimension -4",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,8],\"data_offsets\":[0,16]}} | w | larger than any file",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4]}}                                     | w | lacks",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}} | v | overlap",
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}} | w | Duplicate",
                "[1,2]                                                                         | header | not a JSON object",
                "{\"w\":                                                                       | header | not JSON",
            })
    void aHeaderAtFaultIsRefusedByName(String header, String name, String reason) throws IOException {
        Path file = write(header, 16);

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(name)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({"0, is too short", "7, is too short", "8, claims", "20, is cut off"})
    void aFileThatEndsEarlyIsRefused(int length, String reason) throws IOException {
        byte[] whole =
                Files.readAllBytes(write("{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16));
        Path file = folder.resolve("cut");
        byte[] cut = Arrays.copyOf(whole, length);
        if (length == 8) {
            ByteBuffer.wrap(cut).order(ByteOrder.LITTLE_ENDIAN).putLong(-1);
        }
        Files.write(file, cut);

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void noBytesWhateverMakeAnythingButAnEngineException() throws IOException {
        SplittableRandom random = new SplittableRandom(4);
        byte[] sound = Files.readAllBytes(write(
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},\"v\":{\"dtype\":\"BF16\",\"shape\":[2,1],\"data_offsets\":[16,20]}}",
                20));
        Path file = folder.resolve("fuzzed");
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = sound.clone();
            for (int n = random.nextInt(1, 4); n > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try {
                SafetensorsFile read = SafetensorsFile.open(file);
                read.tensors().keySet().forEach(read::floats);
            } catch (EngineException e) {
                assertThat(e).hasMessageContaining(file.toString());
            }
        }
    }

    private Path write(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        return Files.write(folder.resolve("made.safetensors"), bytes.array());
    }
}
