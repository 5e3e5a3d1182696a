package org.moraine.engine.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TargetModules;
import org.moraine.contracts.Variation;
import org.moraine.engine.EngineException;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.SmallModels;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.safetensors.SafetensorsWriter;

class AdapterFilesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static BaseModel base;

    @TempDir
    Path folder;

    @BeforeAll
    static void makeModel() {
        base = BaseModel.random(SmallModels.awkward(), 1);
    }

    @AfterAll
    static void closeModel() {
        base.close();
    }

    static Stream<AdapterSettings> settings() {
        return Stream.of(
                AdapterSettings.mora(1, 3),
                AdapterSettings.mora(6, 4),
                AdapterSettings.covering(2),
                AdapterSettings.lora(3, 7),
                beside(AdapterSettings.lora(2, 7), "lm_head"),
                beside(AdapterSettings.mora(1, 2), "embed_tokens", "norm", "1.mlp.up_proj"),
                new AdapterSettings(Method.MORA, 2, 2, 2, 0.25, EnumSet.of(Projection.K, Projection.UP)),
                new AdapterSettings(
                        Method.LORA,
                        1,
                        3,
                        5,
                        0,
                        TargetModules.of(".*\\.[01]\\.(mlp\\.up|self_attn\\.q)_proj"),
                        new Variation(
                                true, Map.of("layers.0.mlp.up_proj", 2), Map.of("q_proj", 0.5, "up_proj", 6.0), null)));
    }

    private static AdapterSettings beside(AdapterSettings settings, String... modules) {
        return new AdapterSettings(
                settings.method(),
                settings.moraType(),
                settings.rank(),
                settings.alpha(),
                settings.dropout(),
                settings.targets(),
                new Variation(false, null, null, List.of(modules)));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void anAdapterReadBackIsTheSame(AdapterSettings settings) {
        try (Adapter written = filled(settings)) {
            written.write(folder, "some/base");

            try (Adapter read = Adapter.read(base, folder)) {
                assertThat(read.settings().targets()).isEqualTo(settings.targets());
                assertThat(read.settings().variation()).isEqualTo(settings.variation());
                assertThat(read.settings().method()).isEqualTo(settings.method());
                assertThat(read.settings().rank()).isEqualTo(settings.rank());
                assertThat(read.settings().dropout()).isEqualTo(settings.dropout());
                assertThat(values(read)).isDeepEqualTo(values(written));
            }
        }
        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder("adapter_config.json", "adapter_model.safetensors");
    }

    @Test
    void moraIsWrittenAsTheForkWritesIt() throws IOException {
        try (Adapter adapter = filled(AdapterSettings.mora(6, 3))) {
            adapter.write(folder, "some/base");
        }

        JsonNode config = JSON.readTree(folder.resolve("adapter_config.json").toFile());
        List<String> keys = new ArrayList<>();
        config.fieldNames().forEachRemaining(keys::add);
        // Exactly the keys of PEFT 0.9.0 and the fork: their loaders refuse any other.
        assertThat(keys)
                .containsExactly(
                        "alpha_pattern",
                        "auto_mapping",
                        "base_model_name_or_path",
                        "bias",
                        "fan_in_fan_out",
                        "inference_mode",
                        "init_lora_weights",
                        "layers_pattern",
                        "layers_to_transform",
                        "loftq_config",
                        "lora_alpha",
                        "lora_dropout",
                        "megatron_config",
                        "megatron_core",
                        "modules_to_save",
                        "mora_type",
                        "peft_type",
                        "r",
                        "rank_pattern",
                        "revision",
                        "target_modules",
                        "task_type",
                        "use_dora",
                        "use_mora",
                        "use_rslora");
        assertThat(config.path("peft_type").asText()).isEqualTo("LORA");
        assertThat(config.path("r").asInt()).isEqualTo(3);
        assertThat(config.path("mora_type").asInt()).isEqualTo(6);
        SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"));
        String module = "base_model.model.model.layers.2.mlp.down_proj.lora_";
        // floor(sqrt((20 + 28) * 3) + 0.5) = 12, even already.
        assertThat(file.find(module + "A.weight").orElseThrow().shape()).containsExactly(12L, 12L);
        assertThat(file.floats(module + "A.weight")).isEqualTo(file.floats(module + "B.weight"));
        assertThat(file.tensors()).hasSize(2 * 3 * 7);
    }

    @Test
    void theCoveringRotationsFilesAreReadByNobodyElse() throws IOException {
        write(AdapterSettings.covering(3));

        JsonNode config = JSON.readTree(folder.resolve("adapter_config.json").toFile());
        assertThat(config.path("peft_type").asText()).isEqualTo("MORAINE_COVERING");
        assertThat(config.has("mora_type")).isFalse();
        assertThat(config.has("use_mora")).isFalse();
        assertThat(SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))
                        .tensors()
                        .keySet())
                .hasSize(3 * 7)
                .contains("base_model.model.model.layers.2.mlp.down_proj.covering.weight");
    }

    @Test
    void oneOfTheForksTwoCopiesIsEnough() {
        try (Adapter written = filled(AdapterSettings.mora(1, 2))) {
            written.write(folder, "some/base");
            rewrite((name, values) -> !name.endsWith("lora_A.weight"));

            try (Adapter read = Adapter.read(base, folder)) {
                assertThat(values(read)).isDeepEqualTo(values(written));
            }
        }
    }

    @Test
    void copiesThatDifferAreRefusedByName() {
        write(AdapterSettings.mora(1, 2));
        String name = "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight";
        rewrite((tensor, values) -> {
            if (tensor.equals(name)) {
                values[0]++;
            }
            return true;
        });

        assertThatThrownBy(() -> Adapter.read(base, folder))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("differ");
    }

    @Test
    void aMissingTensorIsNamed() {
        write(AdapterSettings.lora(2, 2));
        String name = "base_model.model.model.layers.0.mlp.up_proj.lora_B.weight";
        rewrite((tensor, values) -> !tensor.equals(name));

        assertThatThrownBy(() -> Adapter.read(base, folder))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("has no tensor " + name);
    }

    @Test
    void aModuleThatWasSavedIsThereByItsName() {
        write(beside(AdapterSettings.lora(2, 2), "lm_head", "0.mlp.up_proj", "input_layernorm"));

        assertThat(SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))
                        .tensors()
                        .keySet())
                .hasSize(2 * (3 * 7 - 1) + 1 + 1 + 3)
                .contains(
                        "base_model.model.lm_head.weight",
                        "base_model.model.model.layers.0.mlp.up_proj.weight",
                        "base_model.model.model.layers.2.input_layernorm.weight")
                .doesNotContain("base_model.model.model.layers.0.mlp.up_proj.lora_A.weight");

        rewrite((tensor, values) -> !tensor.equals("base_model.model.lm_head.weight"));
        assertThatThrownBy(() -> Adapter.read(base, folder))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("has no tensor base_model.model.lm_head.weight");
    }

    @Test
    void anAdapterOfAnotherBaseModelIsRefusedByTensorAndShape() {
        write(AdapterSettings.lora(2, 2));

        try (BaseModel other = BaseModel.random(SmallModels.untied(), 1)) {
            assertThatThrownBy(() -> Adapter.read(other, folder))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight")
                    .hasMessageContaining("[2, 20]")
                    .hasMessageContaining("[2, 16]");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "peft_type | \"IA3\" | peft_type",
                "use_dora | true | use_dora",
                "modules_to_save | [\"lm_heads\"] | modules_to_save: 'lm_heads'",
                "modules_to_save | [\"mlp\"] | modules_to_save: 'mlp'",
                "modules_to_save | [\"_proj\"] | give the whole name",
                "modules_to_save | [\"q_proj\", \"k_proj\", \"v_proj\", \"o_proj\", \"gate_proj\", \"up_proj\", \"down_proj\"] | every target",
                "modules_to_save | \"lm_head\" | modules_to_save",
                "modules_to_save | [null] | modules_to_save",
                "ensure_weight_tying | true | ensure_weight_tying",
                "target_modules | [\"c_attn\"] | c_attn",
                "target_modules | [\"7.mlp.up_proj\"] | 7.mlp.up_proj",
                "target_modules | \".*.*.*.*.*.*!\" | takes too long",
                "target_modules | null | target_modules",
                "layers_to_transform | 1 | layers_to_transform",
                "exclude_modules | \"q_proj\" | exclude_modules",
                "rank_pattern | {\"(\": 1} | rank_pattern",
                "rank_pattern | {\"q_proj\": \"x\"} | Integer",
                "r | 5000 | rank",
                "bias | \"all\" | bias",
            })
    void aConfigurationTheEngineDoesNotComputeIsRefusedByKey(String key, String value, String named)
            throws IOException {
        write(beside(AdapterSettings.lora(2, 2), "embed_tokens"));
        Path file = folder.resolve("adapter_config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        config.set(key, JSON.readTree(value));
        JSON.writeValue(file.toFile(), config);

        assertThatThrownBy(() -> Adapter.read(base, folder))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(named);
    }

    @Test
    void aRankThatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> AdapterShapes.check(SmallModels.awkward().config(), AdapterSettings.lora(7, 7)))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.problem().field()).isEqualTo("rank"));
        assertThatThrownBy(() -> AdapterShapes.check(SmallModels.awkward().config(), AdapterSettings.mora(1, 200)))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.problem().field()).isEqualTo("rank"));
    }

    private static Adapter filled(AdapterSettings settings) {
        Adapter adapter = Adapter.create(base, settings, 2);
        SplittableRandom random = new SplittableRandom(3);
        for (NDArray matrix : adapter.matrices()) {
            float[] values = new float[(int) matrix.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            matrix.set(values);
        }
        return adapter;
    }

    private void write(AdapterSettings settings) {
        try (Adapter adapter = filled(settings)) {
            adapter.write(folder, "some/base");
        }
    }

    private interface Kept {
        boolean test(String name, float[] values);
    }

    private void rewrite(Kept kept) {
        Path path = folder.resolve("adapter_model.safetensors");
        SafetensorsFile file = SafetensorsFile.open(path);
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        file.tensors().values().forEach(tensor -> {
            float[] values = file.floats(tensor.name());
            if (kept.test(tensor.name(), values)) {
                tensors.add(new SafetensorsWriter.Tensor(tensor.name(), DType.F32, tensor.shape(), () -> values));
            }
        });
        SafetensorsWriter.write(path, tensors);
    }

    private static float[][] values(Adapter adapter) {
        return adapter.matrices().stream().map(NDArray::toFloatArray).toArray(float[][]::new);
    }
}
