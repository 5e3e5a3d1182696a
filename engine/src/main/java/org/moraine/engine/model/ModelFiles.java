package org.moraine.engine.model;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.moraine.engine.EngineException;
import org.moraine.engine.WholeFile;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsWriter;

/**
 * A whole model's folder, written as transformers writes and reads it: weights in one safetensors file or, where they
 * are more than a shard takes, in several with an index; the base model's configuration with the type written; its
 * other files as they are.
 */
public final class ModelFiles {

    /** Bytes of weights in one file where nobody says otherwise. */
    public static final long SHARD_BYTES = 5_000_000_000L;

    private static final String WEIGHTS = "model.safetensors";
    private static final String CONFIG = "config.json";
    private static final List<String> TOKENIZER =
            List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja");
    private static final List<String> OTHERS = List.of("generation_config.json", "LICENSE", "NOTICE");
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ModelFiles() {}

    /**
     * Writes the folder. Each file is moved into place when it is complete, the configuration last.
     *
     * @param base whose configuration and other files are taken
     * @param config the shape of what is written; the base model's, but for a head of its own
     * @param weights in the order of {@link WeightName#all}, 32 bits wide
     * @param dtype F32 or BF16
     * @param shardBytes the most bytes of weights in one file; a tensor that is larger has a file of its own
     */
    public static void write(
            Path folder, ModelFolder base, ModelConfig config, List<NDArray> weights, DType dtype, long shardBytes) {
        try {
            Files.createDirectories(folder);
            writeWeights(folder, tensors(WeightName.all(config), weights, dtype), shardBytes);
            copyTokenizer(base, folder);
            copy(base, folder, OTHERS);
            writeConfig(base, config, folder, dtype);
        } catch (IOException e) {
            throw new EngineException(folder + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static List<SafetensorsWriter.Tensor> tensors(List<WeightName> names, List<NDArray> weights, DType dtype) {
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            NDArray weight = weights.get(i);
            tensors.add(new SafetensorsWriter.Tensor(
                    names.get(i).name(), dtype, names.get(i).shape(), weight::toFloatArray));
        }
        return tensors;
    }

    private static void writeWeights(Path folder, List<SafetensorsWriter.Tensor> tensors, long shardBytes)
            throws IOException {
        List<List<SafetensorsWriter.Tensor>> shards = shards(tensors, shardBytes);
        if (shards.size() == 1) {
            SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors);
            return;
        }
        ObjectNode index = JSON.createObjectNode();
        index.putObject("metadata")
                .put(
                        "total_size",
                        tensors.stream()
                                .mapToLong(SafetensorsWriter.Tensor::bytes)
                                .sum());
        ObjectNode map = index.putObject("weight_map");
        for (int i = 0; i < shards.size(); i++) {
            String name = String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
            SafetensorsWriter.write(folder.resolve(name), shards.get(i));
            shards.get(i).forEach(tensor -> map.put(tensor.name(), name));
        }
        WholeFile.write(folder.resolve(WEIGHTS + ".index.json"), JSON.writeValueAsBytes(index));
    }

    private static List<List<SafetensorsWriter.Tensor>> shards(List<SafetensorsWriter.Tensor> tensors, long most) {
        List<List<SafetensorsWriter.Tensor>> shards = new ArrayList<>(List.of(new ArrayList<>()));
        long bytes = 0;
        for (SafetensorsWriter.Tensor tensor : tensors) {
            if (bytes > 0 && bytes + tensor.bytes() > most) {
                shards.add(new ArrayList<>());
                bytes = 0;
            }
            shards.get(shards.size() - 1).add(tensor);
            bytes += tensor.bytes();
        }
        return shards;
    }

    private static void writeConfig(ModelFolder base, ModelConfig config, Path folder, DType dtype) throws IOException {
        ObjectNode json =
                (ObjectNode) JSON.readTree(Files.readAllBytes(base.folder().resolve(CONFIG)));
        json.put(json.has("dtype") ? "dtype" : "torch_dtype", dtype == DType.BF16 ? "bfloat16" : "float32");
        if (config.tied() != base.config().tied()) {
            json.put("tie_word_embeddings", config.tied());
        }
        WholeFile.write(folder.resolve(CONFIG), JSON.writeValueAsBytes(json));
    }

    /** Copies the tokenizer's files and the chat template, those that the base model has. */
    public static void copyTokenizer(ModelFolder base, Path folder) {
        copy(base, folder, TOKENIZER);
    }

    private static void copy(ModelFolder base, Path folder, List<String> names) {
        for (String name : names) {
            Path source = base.folder().resolve(name);
            if (Files.exists(source)
                    && !source.toAbsolutePath().equals(folder.resolve(name).toAbsolutePath())) {
                WholeFile.write(folder.resolve(name), out -> Files.copy(source, out));
            }
        }
    }

    /** The type that {@code config.json} declares, in the old or the new spelling; what is neither is written as F32. */
    public static DType declared(ModelFolder base) {
        Path config = base.folder().resolve(CONFIG);
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(config));
            String word = json.path("dtype").asText(json.path("torch_dtype").asText("float32"));
            return word.equals("bfloat16") ? DType.BF16 : DType.F32;
        } catch (IOException e) {
            throw new EngineException(config + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
