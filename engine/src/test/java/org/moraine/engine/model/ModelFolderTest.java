package org.moraine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.EngineException;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.safetensors.SafetensorsWriter;

/** What is wrong with a model's folder is said by file, key and tensor. */
class ModelFolderTest {

    private static final Path MODELS = Path.of("src/test/resources/models");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "llama2       | \"hidden_size\": 24          | \"hidden_size\": \"24\"                | hidden_size is missing or no whole number",
                "llama2       | \"vocab_size\": 61           | \"v\": 61                              | vocab_size is missing",
                "llama2       | \"hidden_size\": 24          | \"hidden_size\": 0                     | hidden_size is from 1",
                "llama2       | \"num_attention_heads\": 4   | \"num_attention_heads\": 0             | num_attention_heads",
                "llama2       | \"num_attention_heads\": 4   | \"num_attention_heads\": 5             | no multiple of num_attention_heads",
                "llama2       | \"num_key_value_heads\": 2   | \"num_key_value_heads\": 3             | no multiple of num_key_value_heads",
                "llama2       | \"num_hidden_layers\": 3     | \"num_hidden_layers\": 99999           | num_hidden_layers is from 1 to 4096",
                "llama2       | \"rms_norm_eps\": 1e-06      | \"rms_norm_eps\": 0                    | rms_norm_eps",
                "llama2       | \"model_type\": \"llama\"    | \"model_type\": \"mamba\"              | model_type 'mamba' is not supported",
                "llama2       | LlamaForCausalLM             | LlamaForSequenceClassification         | 'LlamaForSequenceClassification'",
                "llama2       | \"hidden_act\": \"silu\"     | \"hidden_act\": \"gelu\"               | hidden_act 'gelu'",
                "llama2       | \"rope_scaling\": null       | \"rope_scaling\": {\"type\": \"yarn\"} | rope scaling 'yarn'",
                "llama2       | \"rope_scaling\": null       | \"quantization_config\": {\"quant_method\": \"gptq\"} | quantised (gptq)",
                "llama3       | \"factor\": 8.0              | \"factor\": \"8\"                      | factor is missing or no number",
                "llama3       | \"low_freq_factor\": 1.0     | \"low_freq_factor\": 4.0               | low_freq_factor 4.0 is not below",
                "llama3       | \"head_dim\": 10             | \"head_dim\": 9                        | head_dim 9 is odd",
                "llama3       | \"head_dim\": 10             | \"head_dim\": 1048576                  | num_attention_heads x head_dim",
                "mistral      | \"sliding_window\": 7        | \"sliding_window\": 0                  | sliding_window is at least 1",
                "qwen2        | \"sliding_attention\"        | \"chunked_attention\"                  | 'chunked_attention' is not supported",
                "qwen2        | \"use_sliding_window\": true | \"use_sliding_window\": false          | no sliding_window is in use",
                "llama2       | {                            | [                                      | is not JSON",
            })
    void aConfigurationAtFaultIsRefusedByKey(String model, String right, String wrong, String reason)
            throws IOException {
        copy(model);
        edit("config.json", text -> text.replace(right, wrong));

        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("config.json")
                .hasMessageContaining(reason);
    }

    @Test
    void anUntiedModelWithoutAHeadIsRefused() throws IOException {
        copy("qwen3");
        edit("config.json", text -> text.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));

        assertThatLoading().hasMessageContaining("lm_head.weight").hasMessageContaining("tie_word_embeddings");
    }

    @Test
    void aTiedModelWithAnotherHeadIsRefused() throws IOException {
        copy("mistral-old");
        edit("config.json", text -> text.replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true"));

        assertThatLoading().hasMessageContaining("lm_head.weight").hasMessageContaining("differs");
    }

    @Test
    void aTensorOfAnotherShapeIsRefused() throws IOException {
        copy("mistral-old");
        edit("config.json", text -> text.replace("\"intermediate_size\": 34", "\"intermediate_size\": 35"));

        assertThatLoading()
                .hasMessageContaining("mlp.gate_proj.weight")
                .hasMessageContaining("[34, 24]")
                .hasMessageContaining("[35, 24]");
    }

    @Test
    void aFileOfTheIndexThatIsNotThereIsNamed() throws IOException {
        copy("llama2");
        Files.delete(folder.resolve("model-00002-of-00003.safetensors"));

        assertThatLoading().hasMessageContaining("model-00002-of-00003.safetensors");
    }

    @Test
    void anIndexThatLeavesTheFolderIsRefused() throws IOException {
        copy("llama2");
        edit("model.safetensors.index.json", text -> text.replace("model-00002", "../model-00002"));

        assertThatLoading().hasMessageContaining("index.json").hasMessageContaining("is no file name");
    }

    @Test
    void aTensorThatIsThereTwiceIsRefused() throws IOException {
        copy("llama2");
        Files.copy(
                folder.resolve("model-00002-of-00003.safetensors"), folder.resolve("model-00004-of-00003.safetensors"));
        edit(
                "model.safetensors.index.json",
                text -> text.replace(
                        "\"weight_map\": {", "\"weight_map\": {\"x\": \"model-00004-of-00003.safetensors\","));

        assertThatLoading().hasMessageContaining("is also in");
    }

    /** A header whose length is no multiple of 8 puts every number across the places where numbers begin. */
    @Test
    void weightsThatDoNotBeginOnAMultipleOfTheirSizeAreCopied() throws IOException {
        copy("mistral-old");
        List<float[]> expected = weights();
        byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
        long header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        ByteBuffer shifted = ByteBuffer.allocate(file.length + 1).order(ByteOrder.LITTLE_ENDIAN);
        shifted.putLong(header + 1).put(file, 8, (int) header).put((byte) ' ');
        shifted.put(file, 8 + (int) header, file.length - 8 - (int) header);
        Files.write(folder.resolve("model.safetensors"), shifted.array());

        assertThat(weights()).usingRecursiveComparison().isEqualTo(expected);
    }

    @Test
    void typesMayBeMixedInOneFile() throws IOException {
        copy("mistral-old");
        List<float[]> expected = weights();
        SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"));
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        file.tensors().forEach((name, tensor) -> {
            DType dtype = tensor.shape().size() == 1 ? DType.F32 : DType.BF16;
            float[] values = file.floats(name);
            tensors.add(new SafetensorsWriter.Tensor(name, dtype, tensor.shape(), () -> values));
        });
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);

        List<float[]> loaded = weights();

        for (int i = 0; i < expected.size(); i++) {
            for (int k = 0; k < expected.get(i).length; k++) {
                float exact = expected.get(i)[k];
                assertThat(Math.abs(loaded.get(i)[k] - exact)).isLessThanOrEqualTo(Math.abs(exact) / 256);
            }
        }
    }

    @Test
    void noConfigurationWhateverMakesAnythingButAnEngineException() throws IOException {
        SplittableRandom random = new SplittableRandom(6);
        for (String model : List.of("llama3", "qwen2", "mistral-old")) {
            copy(model);
            for (String name : List.of("config.json", "model.safetensors.index.json")) {
                Path file = folder.resolve(name);
                if (!Files.exists(file)) {
                    continue;
                }
                byte[] sound = Files.readAllBytes(file);
                for (int i = 0; i < 1000; i++) {
                    byte[] bytes = sound.clone();
                    for (int n = random.nextInt(1, 4); n > 0; n--) {
                        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(' ', 127);
                    }
                    Files.write(file, bytes);
                    try {
                        ModelFolder.open(folder).weights();
                    } catch (EngineException e) {
                        assertThat(e).hasMessageContaining(folder.toString());
                    }
                }
                Files.write(file, sound);
            }
        }
    }

    private List<float[]> weights() {
        try (BaseModel base = BaseModel.load(ModelFolder.open(folder), Precision.FP32)) {
            return base.weights().stream().map(weight -> weight.toFloatArray()).toList();
        }
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertThatLoading() {
        ModelFolder model = ModelFolder.open(folder);
        return assertThatThrownBy(() -> BaseModel.load(model, Precision.FP32)).isInstanceOf(EngineException.class);
    }

    private void copy(String model) throws IOException {
        try (Stream<Path> before = Files.list(folder)) {
            for (Path file : before.toList()) {
                Files.delete(file);
            }
        }
        try (Stream<Path> files = Files.list(MODELS.resolve(model))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    private void edit(String name, UnaryOperator<String> change) throws IOException {
        Path file = folder.resolve(name);
        String before = Files.readString(file, StandardCharsets.UTF_8);
        String after = change.apply(before);
        assertThat(after).isNotEqualTo(before);
        Files.writeString(file, after);
    }
}
