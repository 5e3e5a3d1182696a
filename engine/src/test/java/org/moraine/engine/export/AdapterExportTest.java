package org.moraine.engine.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.contracts.Variation;
import org.moraine.engine.EngineException;
import org.moraine.engine.WholeFile;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.export.AdapterExport.Request;
import org.moraine.engine.export.ExportRecord.Form;
import org.moraine.engine.generation.Generator;
import org.moraine.engine.generation.Sampling;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.ModelFiles;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.safetensors.TensorHeader;

/** Exports of Pebble with adapters of random values: what others load computes what base model and adapter do. */
class AdapterExportTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path PEBBLE = Path.of(System.getProperty("moraine.models"), "pebble");

    private static ModelFolder pebble;
    private static BaseModel base;

    @TempDir
    Path folder;

    @BeforeAll
    static void load() {
        pebble = ModelFolder.open("pebble", PEBBLE);
        base = BaseModel.load(pebble, Precision.FP32);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    static Stream<AdapterSettings> withAnExactForm() {
        return Stream.of(
                AdapterSettings.mora(1, 4),
                AdapterSettings.mora(2, 4),
                AdapterSettings.mora(3, 4),
                AdapterSettings.mora(4, 4),
                AdapterSettings.lora(6, 15));
    }

    @ParameterizedTest
    @MethodSource("withAnExactForm")
    void asLoraItHasOneRankAndTheSameLogits(AdapterSettings settings) throws IOException {
        Path adapter = written(settings);

        ExportRecord export = export(adapter, Form.LORA, null, null, ModelFiles.SHARD_BYTES);

        assertThat(difference(adapter, folder.resolve("out"))).isLessThan(1e-4);
        assertThat(check(export).largestDifference()).isLessThan(1e-4);
        assertThat(export.svd()).isNull();
        JsonNode config = json("out/adapter_config.json");
        int rank = config.path("r").asInt();
        assertThat(config.path("lora_alpha").asInt()).isEqualTo(rank);
        assertThat(config.has("use_mora")).isFalse();
        SafetensorsFile file = SafetensorsFile.open(folder.resolve("out/adapter_model.safetensors"));
        assertThat(file.tensors().values())
                .hasSize(6 * 7 * 2)
                .allSatisfy(tensor -> assertThat(
                                tensor.shape().get(tensor.name().endsWith("lora_A.weight") ? 0 : 1))
                        .isEqualTo(rank));
        assertThat(folder.resolve("out"))
                .isDirectoryContaining("glob:**tokenizer.json")
                .isDirectoryContaining("glob:**README.md");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 6})
    void aMergedModelInShardsHasTheSameLogits(int type) throws IOException {
        Path adapter = written(AdapterSettings.mora(type, 4));

        export(adapter, Form.MERGED, null, DType.F32, 3_000_000);

        JsonNode index = json("out/model.safetensors.index.json");
        long bytes = 0;
        Set<String> shards = new LinkedHashSet<>();
        index.path("weight_map").forEach(shard -> shards.add(shard.asText()));
        assertThat(shards).hasSizeGreaterThan(3).contains("model-00001-of-%05d.safetensors".formatted(shards.size()));
        for (String shard : shards) {
            SafetensorsFile file = SafetensorsFile.open(folder.resolve("out").resolve(shard));
            long data = file.tensors().values().stream()
                    .mapToLong(TensorHeader::bytes)
                    .sum();
            assertThat(file.tensors().size() == 1 || data <= 3_000_000).isTrue();
            bytes += data;
        }
        assertThat(index.path("metadata").path("total_size").asLong()).isEqualTo(bytes);
        assertThat(json("out/config.json").path("torch_dtype").asText()).isEqualTo("float32");
        assertThat(differenceOfMerged(adapter)).isLessThan(1e-4);
    }

    @Test
    void theCoveringRotationIsMergedOrItsOwnFiles() throws IOException {
        Path adapter = written(AdapterSettings.covering(4));

        export(adapter, Form.NATIVE, null, null, ModelFiles.SHARD_BYTES);
        assertThat(difference(adapter, folder.resolve("out"))).isZero();
        assertThat(Files.readString(folder.resolve("out/README.md"))).contains("not mora_type 6");

        Files.move(folder.resolve("out"), folder.resolve("native"));
        export(adapter, Form.MERGED, null, DType.F32, ModelFiles.SHARD_BYTES);
        assertThat(differenceOfMerged(adapter)).isLessThan(1e-4);
    }

    @Test
    void aMergedModelInTheBaseModelsTypeStatesWhatRoundingBrings() throws IOException {
        Path adapter = written(AdapterSettings.mora(6, 4));

        ExportRecord export = export(adapter, Form.MERGED, null, null, ModelFiles.SHARD_BYTES);

        assertThat(export.dtype()).isEqualTo(DType.BF16);
        assertThat(check(export).largestDifference()).isLessThan(1e-4);
        assertThat(rounded(export)).isBetween(1e-3, 1.0);
        assertThat(differenceOfMerged(adapter)).isEqualTo(rounded(export));
        assertThat(json("out/config.json").path("torch_dtype").asText()).isEqualTo("bfloat16");
        assertThat(Files.readString(folder.resolve("out/README.md"))).contains("bfloat16, which moves the logits by");
        assertThat(Files.list(folder.resolve("out"))
                        .map(file -> file.getFileName().toString()))
                .containsExactlyInAnyOrder(
                        "model.safetensors",
                        "config.json",
                        "generation_config.json",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "special_tokens_map.json",
                        "NOTICE",
                        "README.md",
                        "export.json");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6})
    void aVersionFromLayersOnSeveralDevicesHasTheBytesOfOneDevice(int type) throws IOException {
        Path adapter = written(AdapterSettings.mora(type, 4));
        Path one = folder.resolve("one");
        Path several = folder.resolve("several");

        try (BaseModel spread = BaseModel.load(pebble, Precision.FP32, Quantisation.NONE, 3);
                Adapter ofOne = Adapter.read(base, adapter);
                Adapter ofSeveral = Adapter.read(spread, adapter)) {
            AdapterExport.version(one, base, ofOne);
            AdapterExport.version(several, spread, ofSeveral);
        }

        assertThat(WholeFile.digests(several, path -> true))
                .hasSizeGreaterThan(5)
                .isEqualTo(WholeFile.digests(one, path -> true));
    }

    @Test
    void anExportSaysOfWhichBaseModelItIs() throws Exception {
        export(written(AdapterSettings.mora(1, 2)), Form.NATIVE, null, null, ModelFiles.SHARD_BYTES);

        JsonNode said = json("out/export.json").path("base_model");

        assertThat(said.path("name").asText()).isEqualTo("pebble");
        assertThat(said.path("digest").asText())
                .isEqualTo(pebble.files().digest().hex());
        assertThat(said.path("files").path("model.safetensors").asText())
                .isEqualTo(Digest.of(Files.readAllBytes(PEBBLE.resolve("model.safetensors")))
                        .hex());
        assertThat(Files.readString(folder.resolve("out/README.md")))
                .contains(said.path("digest").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"embed_tokens", "lm_head", "norm", "2.mlp.up_proj"})
    void whatIsTrainedWholeGoesWithTheAdapter(String module) throws IOException {
        AdapterSettings mora = AdapterSettings.mora(4, 2);
        Path adapter = written(new AdapterSettings(
                mora.method(), 4, 2, 2, 0, mora.targets(), new Variation(false, null, null, List.of(module))));

        export(adapter, Form.LORA, null, null, ModelFiles.SHARD_BYTES);
        assertThat(difference(adapter, folder.resolve("out"))).isLessThan(1e-4);
        assertThat(json("out/adapter_config.json")
                        .path("modules_to_save")
                        .get(0)
                        .asText())
                .isEqualTo(module);
        assertThat(Files.readString(folder.resolve("out/README.md"))).contains("vLLM takes no adapter with modules");

        Files.move(folder.resolve("out"), folder.resolve("lora"));
        export(adapter, Form.MERGED, null, DType.F32, ModelFiles.SHARD_BYTES);
        assertThat(differenceOfMerged(adapter)).isLessThan(1e-4);
        assertThat(json("out/config.json").path("tie_word_embeddings").asBoolean())
                .as("embedding and head are one matrix where neither is trained by itself")
                .isEqualTo(!Set.of("embed_tokens", "lm_head").contains(module));
        assertThat(continued(adapter)).isEqualTo(continued(null)).isNotEmpty();
    }

    /** What the adapter, or else the merged model, says. */
    private String continued(@Nullable Path adapter) {
        if (adapter == null) {
            try (BaseModel merged = BaseModel.load(ModelFolder.open(folder.resolve("out")), Precision.FP32);
                    Generator generator = new Generator(merged, null)) {
                return generator.complete("The lamp", Sampling.greedy(12));
            }
        }
        try (Adapter read = Adapter.read(base, adapter);
                Generator generator = new Generator(base, read)) {
            return generator.complete("The lamp", Sampling.greedy(12));
        }
    }

    @Test
    void aVersionOfSharingMoraIsLoraForOthersAndMoraForUs() throws IOException {
        Path version = folder.resolve("version");
        try (Adapter adapter = random(AdapterSettings.mora(2, 4))) {
            AdapterExport.Version written = AdapterExport.version(version, base, adapter);

            assertThat(written.root().form()).isEqualTo(Form.LORA);
            assertThat(written.cut()).isNull();
            assertThat(json("version/adapter_config.json").has("use_mora")).isFalse();
            try (Adapter read = Adapter.read(base, version)) {
                assertThat(read.settings()).isEqualTo(adapter.settings());
                assertThat(logits(read)).isEqualTo(logits(adapter));
            }
        }
    }

    @Test
    void aVersionOfRotationIsMoraWithALoraBesideThatSaysWhatItLeavesOut() throws IOException {
        Path version = folder.resolve("version");
        try (Adapter adapter = random(AdapterSettings.mora(6, 4))) {
            AdapterExport.Version written = AdapterExport.version(version, base, adapter);

            assertThat(written.root().form()).isEqualTo(Form.NATIVE);
            assertThat(json("version/adapter_config.json").has("use_mora")).isTrue();
            assertThat(json("version/lora/adapter_config.json").path("r").asInt())
                    .isEqualTo(64);
            assertThat(json("version/lora/export.json")
                            .path("svd")
                            .path("relative")
                            .asDouble())
                    .isEqualTo(error(Objects.requireNonNull(written.cut())).relative())
                    .isBetween(0.01, 0.95);
            try (Adapter read = Adapter.read(base, version)) {
                assertThat(logits(read)).isEqualTo(logits(adapter));
            }
        }
    }

    @Test
    void rotationIsNoLoraUnlessARankIsNamedToCutItTo() throws IOException {
        Path adapter = written(AdapterSettings.mora(6, 4));

        assertThatThrownBy(() -> export(adapter, Form.LORA, null, null, ModelFiles.SHARD_BYTES))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.problem().field()).isEqualTo("svd_rank"));
        assertThat(folder.resolve("out")).doesNotExist();

        ExportRecord cut = export(adapter, Form.LORA, 32, null, ModelFiles.SHARD_BYTES);

        assertThat(error(cut).relative()).isBetween(0.1, 0.95);
        assertThat(error(cut).worst()).isGreaterThanOrEqualTo(error(cut).relative());
        assertThat(json("out/adapter_config.json").path("r").asInt()).isEqualTo(32);
        assertThat(Files.readString(folder.resolve("out/README.md"))).contains("cut to rank 32, which leaves out");
    }

    @Test
    void rotationCutToItsFullRankLosesNothing() {
        Path adapter = written(AdapterSettings.mora(6, 4));

        ExportRecord cut = export(adapter, Form.LORA, 256, null, ModelFiles.SHARD_BYTES);

        assertThat(error(cut).relative()).isLessThan(1e-6);
        assertThat(difference(adapter, folder.resolve("out"))).isLessThan(1e-4);
    }

    @Test
    void anExportThatComputesSomethingElseLeavesNothing() throws IOException {
        Path adapter = folder.resolve("adapter");
        try (Adapter broken = random(AdapterSettings.mora(1, 4))) {
            broken.matrices().get(0).addi(Float.NaN);
            broken.write(adapter, "pebble");
        }

        for (Form form : List.of(Form.LORA, Form.MERGED)) {
            assertThatThrownBy(() -> export(adapter, form, null, null, ModelFiles.SHARD_BYTES))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("logits");
        }

        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(adapter);
        }
    }

    private ExportRecord export(
            Path adapter, Form form, @Nullable Integer svdRank, @Nullable DType dtype, long shardBytes) {
        return new AdapterExport(pebble, adapter)
                .write(folder.resolve("out"), new Request(form, svdRank, dtype, shardBytes));
    }

    private static ExportRecord.Check check(ExportRecord export) {
        return Objects.requireNonNull(export.check(), "compared");
    }

    private static double rounded(ExportRecord export) {
        return Objects.requireNonNull(check(export).rounded(), "rounded");
    }

    private static SvdError error(ExportRecord export) {
        return Objects.requireNonNull(export.svd(), "cut");
    }

    private Path written(AdapterSettings settings) {
        try (Adapter adapter = random(settings)) {
            adapter.write(folder.resolve("adapter"), "pebble");
        }
        return folder.resolve("adapter");
    }

    private static Adapter random(AdapterSettings settings) {
        SplittableRandom random = new SplittableRandom(9);
        try (Adapter shape = Adapter.create(base, settings, 1)) {
            List<float[]> values = new ArrayList<>();
            for (NDArray matrix : shape.matrices()) {
                float[] drawn = new float[(int) matrix.size()];
                for (int i = 0; i < drawn.length; i++) {
                    drawn[i] = (float) (0.02 * random.nextGaussian());
                }
                values.add(drawn);
            }
            return Adapter.of(base, settings, values);
        }
    }

    private static double difference(Path adapter, Path other) {
        try (Adapter one = Adapter.read(base, adapter);
                Adapter two = Adapter.read(base, other)) {
            return difference(logits(one), logits(two));
        }
    }

    private double differenceOfMerged(Path adapter) {
        ModelFolder merged = ModelFolder.open(folder.resolve("out"));
        try (Adapter one = Adapter.read(base, adapter);
                BaseModel model = BaseModel.load(merged, Precision.FP32);
                Decoder decoder = Decoder.plain(model)) {
            return difference(logits(one), logits(decoder, model.weights(), List.of()));
        }
    }

    private static float[] logits(Adapter adapter) {
        try (Decoder decoder = adapter.decoder(false)) {
            return logits(decoder, adapter.weights(), adapter.matrices());
        }
    }

    private static float[] logits(Decoder decoder, List<NDArray> weights, List<NDArray> matrices) {
        long[] ids = new SplittableRandom(1).longs(64, 0, 4096).toArray();
        try (NDManager scope = base.manager().newSubManager()) {
            return decoder.logits(scope.create(ids, new Shape(2, 32)), weights, matrices)
                    .toFloatArray();
        }
    }

    private static double difference(float[] one, float[] two) {
        double largest = 0;
        for (int i = 0; i < one.length; i++) {
            largest = Math.max(largest, Math.abs(one[i] - two[i]));
        }
        return largest;
    }

    private JsonNode json(String file) throws IOException {
        return JSON.readTree(folder.resolve(file).toFile());
    }
}
