package org.moraine.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.WeightName;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsWriter;

/** A model folder with Pebble's tokenizer and a few random weights, for trainings that take a second. */
final class SmallModel {

    private static final String CONFIG = """
            {"model_type": "llama", "hidden_act": "silu", "vocab_size": 4096, "hidden_size": 32,
             "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
             "head_dim": 16, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true,
             "max_position_embeddings": 256}
            """;

    /** Not where {@code moraine.models} says: tests around a whole worker point that elsewhere. */
    private static final Path PEBBLE = Path.of("..", "models", "pebble");

    private SmallModel() {}

    /** Writes a model that trains. */
    static void write(Path folder) {
        SplittableRandom random = new SplittableRandom(1);
        write(folder, () -> 0.02 * random.nextGaussian());
    }

    /** Writes a model whose every loss is not a number. */
    static void writeBroken(Path folder) {
        write(folder, () -> Double.NaN);
    }

    private static void write(Path folder, DoubleSupplier matrixValue) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), CONFIG);
            for (String file : List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
                Files.copy(PEBBLE.resolve(file), folder.resolve(file));
            }
            List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
            for (WeightName weight : WeightName.all(ModelConfig.read(folder.resolve("config.json")))) {
                tensors.add(new SafetensorsWriter.Tensor(
                        weight.name(), DType.F32, weight.shape(), () -> values(weight, matrixValue)));
            }
            SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] values(WeightName weight, DoubleSupplier matrixValue) {
        float[] values = new float[Math.toIntExact(weight.shape().stream().reduce(1L, Math::multiplyExact))];
        for (int i = 0; i < values.length; i++) {
            values[i] = weight.shape().size() == 1 ? 1 : (float) matrixValue.getAsDouble();
        }
        return values;
    }
}
