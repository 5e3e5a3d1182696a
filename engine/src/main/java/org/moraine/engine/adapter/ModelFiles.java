package org.moraine.engine.adapter;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.moraine.engine.EngineException;
import org.moraine.engine.WholeFile;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.WeightName;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsWriter;

/** A whole model folder after every weight was trained: new weights, the base model's other files. */
final class ModelFiles {

    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> COPIED = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "chat_template.jinja",
            "generation_config.json",
            "config.json");

    private ModelFiles() {}

    static void write(Path folder, ModelFolder base, List<WeightName> names, List<NDArray> weights) {
        try {
            Files.createDirectories(folder);
            DType dtype = dtype(base.folder().resolve("config.json"));
            List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                NDArray weight = weights.get(i);
                tensors.add(new SafetensorsWriter.Tensor(
                        names.get(i).name(), dtype, names.get(i).shape(), weight::toFloatArray));
            }
            SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
            for (String name : COPIED) {
                Path source = base.folder().resolve(name);
                if (Files.exists(source)
                        && !source.toAbsolutePath().equals(folder.resolve(name).toAbsolutePath())) {
                    WholeFile.write(folder.resolve(name), out -> Files.copy(source, out));
                }
            }
        } catch (IOException e) {
            throw new EngineException(folder + ": cannot be written: " + e.getMessage(), e);
        }
    }

    /** The type that {@code config.json} declares, in the old or the new spelling. */
    private static DType dtype(Path config) throws IOException {
        JsonNode json = JSON.readTree(Files.readAllBytes(config));
        String word = json.path("dtype").asText(json.path("torch_dtype").asText("float32"));
        return word.equals("bfloat16") ? DType.BF16 : DType.F32;
    }
}
