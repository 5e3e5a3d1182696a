package org.moraine.engine.adapter;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.moraine.contracts.AdapterSettings;
import org.moraine.engine.EngineException;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.safetensors.SafetensorsWriter;
import org.moraine.engine.safetensors.TensorHeader;

/**
 * What an adapter trained, in PEFT's file. LoRA has {@code lora_A} and {@code lora_B}; the MoRA fork writes its one matrix
 * under both names, and so do we, since its own loader takes either. A module that was trained whole has its weights
 * there by their own names. The covering rotation has a name that nobody else reads.
 */
final class AdapterFiles {

    static final String CONFIG = "adapter_config.json";
    static final String WEIGHTS = "adapter_model.safetensors";

    private AdapterFiles() {}

    static void write(
            Path folder,
            String baseModelName,
            AdapterSettings settings,
            List<TrainedTensor> trained,
            List<NDArray> matrices) {
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < trained.size(); i++) {
            NDArray matrix = matrices.get(i);
            for (String name : trained.get(i).names()) {
                tensors.add(new SafetensorsWriter.Tensor(
                        name, DType.F32, trained.get(i).shape(), matrix::toFloatArray));
            }
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new EngineException(folder + ": cannot be made: " + e.getMessage(), e);
        }
        SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors);
        AdapterConfigFile.write(folder.resolve(CONFIG), baseModelName, settings);
    }

    /** The values in the order of {@code trained}; every tensor of the file must belong to one of them. */
    static List<float[]> read(Path folder, List<TrainedTensor> trained) {
        SafetensorsFile file = SafetensorsFile.open(folder.resolve(WEIGHTS));
        Set<String> known = new HashSet<>();
        List<float[]> values = new ArrayList<>();
        for (TrainedTensor tensor : trained) {
            known.addAll(tensor.names());
            values.add(value(file, tensor));
        }
        file.tensors().keySet().stream()
                .filter(name -> !known.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new EngineException(file.path() + ": tensor " + name
                            + " belongs to no module of this base model that the adapter targets or saves");
                });
        return values;
    }

    private static float[] value(SafetensorsFile file, TrainedTensor tensor) {
        Optional<float[]> value = Optional.empty();
        for (String name : tensor.names()) {
            Optional<TensorHeader> header = file.find(name);
            if (header.isEmpty()) {
                continue;
            }
            if (!header.get().shape().equals(tensor.shape())) {
                throw new EngineException(file.path() + ": tensor " + name + " has the shape "
                        + header.get().shape() + "; this base model and rank ask for " + tensor.shape());
            }
            float[] read = file.floats(name);
            if (value.isPresent() && !Arrays.equals(value.get(), read)) {
                throw new EngineException(file.path() + ": tensors " + String.join(" and ", tensor.names())
                        + " differ; MoRA has one matrix");
            }
            value = Optional.of(read);
        }
        return value.orElseThrow(() -> new EngineException(
                file.path() + ": has no tensor " + tensor.names().get(0)));
    }
}
