package org.moraine.benchmarks;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.moraine.contracts.Projection;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.WeightName;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsWriter;

/**
 * A folder with a model of some shape and random bf16 weights in a file, to be mapped as a real model's are.
 *
 * @param folder deleted when this is closed
 */
record RandomModel(Path folder) implements Closeable {

    private static final int VOCABULARY = 49152;
    private static final String CONFIG = """
            {"model_type": "llama", "vocab_size": {vocabulary}, "hidden_size": {hidden}, "intermediate_size": {inner},
             "num_hidden_layers": {layers}, "num_attention_heads": {heads}, "num_key_value_heads": {pairs},
             "head_dim": {head}, "rms_norm_eps": 1e-5, "rope_theta": {theta}, "tie_word_embeddings": {tied},
             "max_position_embeddings": {positions}}
            """;
    /** The shape of SmolLM2-135M. */
    static final ModelConfig SMOLLM2 = smolLm2Shape(VOCABULARY);

    private static ModelConfig smolLm2Shape(int vocabulary) {
        return new ModelConfig(vocabulary, 576, 1536, 30, 9, 3, 64, 1e-5, 100000, true, 8192);
    }

    /** The shape of SmolLM2-135M. */
    static RandomModel smolLm2() throws IOException {
        return write(SMOLLM2);
    }

    /** The shape of SmolLM2-135M with another vocabulary than its own 49,152. */
    static RandomModel smolLm2(int vocabulary) throws IOException {
        return write(smolLm2Shape(vocabulary));
    }

    static RandomModel write(ModelConfig shape) throws IOException {
        Path folder = Files.createTempDirectory("moraine-benchmark");
        Files.writeString(
                folder.resolve("config.json"),
                CONFIG.replace("{vocabulary}", Integer.toString(shape.vocabularySize()))
                        .replace("{hidden}", Integer.toString(shape.hiddenSize()))
                        .replace("{inner}", Integer.toString(shape.feedForwardSize()))
                        .replace("{layers}", Integer.toString(shape.layers()))
                        .replace("{heads}", Integer.toString(shape.heads()))
                        .replace("{pairs}", Integer.toString(shape.keyValueHeads()))
                        .replace("{head}", Integer.toString(shape.headSize()))
                        .replace("{theta}", Double.toString(shape.ropeTheta()))
                        .replace("{tied}", Boolean.toString(shape.tied()))
                        .replace("{positions}", Integer.toString(shape.maxPositions())));
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (WeightName weight : WeightName.all(shape)) {
            int count = Math.toIntExact(weight.shape().stream().reduce(1L, Math::multiplyExact));
            tensors.add(new SafetensorsWriter.Tensor(
                    weight.name(),
                    DType.BF16,
                    weight.shape(),
                    () -> values(count, weight.shape().size() == 1)));
        }
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
        return new RandomModel(folder);
    }

    ModelFolder open() throws IOException {
        return ModelFolder.open(folder);
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static float[] values(int count, boolean norm) {
        SplittableRandom random = new SplittableRandom(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = norm ? 1 : (float) (0.02 * random.nextGaussian());
        }
        return values;
    }

    /**
     * Floating-point operations that the base model's products need for one token of a step: each weight once forward
     * and once for the gradient of its input, twice forward where layers are recomputed, and attention over half the
     * sequence. The adapter's own products and everything element-wise are left out, so the share is a lower bound.
     */
    static double operationsPerToken(int tokens, Layers layers) {
        double weights = 0;
        for (Projection projection : Projection.values()) {
            weights += (double) SMOLLM2.out(projection) * SMOLLM2.in(projection);
        }
        double attention = 2.0 * SMOLLM2.heads() * SMOLLM2.headSize() * tokens / 2;
        double forward = 2 * SMOLLM2.layers() * (weights + attention);
        double head = 2.0 * SMOLLM2.vocabularySize() * SMOLLM2.hiddenSize();
        double times = layers == Layers.RECOMPUTED ? 3 : 2;
        return times * forward + 2 * head;
    }
}
