package org.moraine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.safetensors.SafetensorsFile;

/** Model folders as transformers writes them and as older ones are published, held against what it computes with them. */
class AgainstTransformersTest {

    private static final Path MODELS = Path.of("src/test/resources/models");

    static Stream<String> models() throws IOException {
        try (Stream<Path> folders = Files.list(MODELS)) {
            return folders
                    .filter(folder -> Files.exists(folder.resolve("config.json")))
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void logitsAreTransformersLogits(String name) {
        double[] differences = differences(name, Precision.FP32, Quantisation.NONE);

        assertThat(Arrays.stream(differences).map(Math::abs).max().orElseThrow())
                .isLessThan(1e-4);
    }

    /** Logits are of order 2; bfloat16 keeps 8 binary digits of each value on the way to them. */
    @ParameterizedTest
    @MethodSource("models")
    void logitsInBfloat16AreNear(String name) {
        double[] differences = differences(name, Precision.BF16, Quantisation.NONE);

        double square = Arrays.stream(differences).map(d -> d * d).average().orElseThrow();
        assertThat(Math.sqrt(square)).isLessThan(0.15);
    }

    /** Of layers in fewer bits: transformers computes with the matrices that the published algorithms give back. */
    @ParameterizedTest
    @MethodSource("models")
    void logitsOfLayersInFewerBitsAreThoseOfThePublishedAlgorithms(String name) {
        for (Quantisation quantisation : List.of(Quantisation.INT8, Quantisation.NF4)) {
            double[] differences = differences(name, Precision.FP32, quantisation);

            assertThat(Arrays.stream(differences).map(Math::abs).max().orElseThrow())
                    .as(quantisation.name())
                    .isLessThan(1e-4);
        }
    }

    private static double[] differences(String name, Precision precision, Quantisation quantisation) {
        SafetensorsFile expected = SafetensorsFile.open(MODELS.resolve(name).resolve("expected.safetensors"));
        String tensor = quantisation == Quantisation.NONE
                ? "logits"
                : "logits_" + quantisation.name().toLowerCase(Locale.ROOT);
        float[] logits = expected.floats(tensor);
        try (BaseModel base = BaseModel.load(ModelFolder.open(MODELS.resolve(name)), precision, quantisation);
                Decoder decoder = Decoder.plain(base);
                NDManager scope = base.manager().newSubManager()) {
            float[] computed = decoder.logits(ids(scope, expected, "ids"), base.weights(), List.of())
                    .toFloatArray();
            assertThat(computed).hasSameSizeAs(logits);
            return IntStream.range(0, logits.length)
                    .mapToDouble(i -> computed[i] - logits[i])
                    .toArray();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void generationWithTheCacheGoesOnAsInTransformers(String name) {
        SafetensorsFile expected = SafetensorsFile.open(MODELS.resolve(name).resolve("expected.safetensors"));
        float[] made = expected.floats("made");
        try (BaseModel base = BaseModel.load(ModelFolder.open(MODELS.resolve(name)), Precision.FP32);
                Decoder decoder = Decoder.plain(base);
                NDManager scope = base.manager().newSubManager()) {

            long[] computed = generated(decoder, base, scope, List.of(longs(expected.floats("prompt"))), made.length);

            assertThat(computed).containsExactly(longs(made));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void promptsOfUnlikeLengthGoOnTogetherAsEachAlone(String name) {
        SafetensorsFile expected = SafetensorsFile.open(MODELS.resolve(name).resolve("expected.safetensors"));
        long[] ids = longs(expected.floats("ids"));
        List<long[]> prompts = Stream.of(5, 1, 9, 5)
                .map(length -> Arrays.copyOfRange(ids, length, 2 * length))
                .toList();
        int steps = 12;
        try (BaseModel base = BaseModel.load(ModelFolder.open(MODELS.resolve(name)), Precision.FP32);
                Decoder decoder = Decoder.plain(base);
                NDManager scope = base.manager().newSubManager()) {

            long[] together = generated(decoder, base, scope, prompts, steps);

            long[] alone = prompts.stream()
                    .flatMapToLong(prompt -> Arrays.stream(generated(decoder, base, scope, List.of(prompt), steps)))
                    .toArray();
            assertThat(together).containsExactly(alone);
        }
    }

    private static long[] generated(Decoder decoder, BaseModel base, NDManager scope, List<long[]> prompts, int steps) {
        long[] ends = prompts.stream().mapToLong(prompt -> prompt.length).toArray();
        Arrays.parallelPrefix(ends, Long::sum);
        long[] row = prompts.stream().flatMapToLong(Arrays::stream).toArray();
        return decoder.generate(
                        scope.create(row), scope.create(ends), base.weights(), List.of(), steps, 0, 1, 0, new long[0])
                .toLongArray();
    }

    private static NDArray ids(NDManager manager, SafetensorsFile file, String tensor) {
        long[] ids = longs(file.floats(tensor));
        return manager.create(ids, new Shape(1, ids.length));
    }

    private static long[] longs(float[] values) {
        long[] longs = new long[values.length];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = (long) values[i];
        }
        return longs;
    }
}
