package org.moraine.engine.adapter;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.engine.EngineException;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.safetensors.SafetensorsWriter;
import org.moraine.engine.safetensors.TensorHeader;

/**
 * An adapter's matrices in PEFT's file. LoRA has {@code lora_A} and {@code lora_B}; the MoRA fork writes its one matrix
 * under both names, and so do we, since its own loader takes either.
 */
final class AdapterFiles {

    static final String CONFIG = "adapter_config.json";
    static final String WEIGHTS = "adapter_model.safetensors";

    private AdapterFiles() {}

    static void write(
            Path folder,
            String baseModelName,
            AdapterSettings settings,
            List<AdapterMatrix> places,
            List<NDArray> matrices) {
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            AdapterMatrix place = places.get(i);
            NDArray matrix = matrices.get(i);
            for (char letter : letters(settings.method(), place)) {
                tensors.add(new SafetensorsWriter.Tensor(
                        place.tensorName(letter), DType.F32, place.shape(), matrix::toFloatArray));
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

    private static char[] letters(Method method, AdapterMatrix place) {
        return method == Method.MORA ? new char[] {'A', 'B'} : new char[] {(char) ('A' + place.number())};
    }

    /** The matrices in the order of {@code places}; every tensor of the file must belong to one of them. */
    static List<float[]> read(Path folder, AdapterSettings settings, List<AdapterMatrix> places) {
        SafetensorsFile file = SafetensorsFile.open(folder.resolve(WEIGHTS));
        List<String> known = new ArrayList<>();
        List<float[]> values = new ArrayList<>();
        for (AdapterMatrix place : places) {
            List<String> names = new ArrayList<>();
            for (char letter : letters(settings.method(), place)) {
                names.add(place.tensorName(letter));
            }
            known.addAll(names);
            values.add(value(file, place, names));
        }
        file.tensors().keySet().stream()
                .filter(name -> !known.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new EngineException(file.path() + ": tensor " + name
                            + " belongs to no projection of this base model that the adapter targets");
                });
        return values;
    }

    private static float[] value(SafetensorsFile file, AdapterMatrix place, List<String> names) {
        Optional<float[]> value = Optional.empty();
        for (String name : names) {
            Optional<TensorHeader> header = file.find(name);
            if (header.isEmpty()) {
                continue;
            }
            if (!header.get().shape().equals(place.shape())) {
                throw new EngineException(file.path() + ": tensor " + name + " has the shape "
                        + header.get().shape() + "; this base model and rank ask for " + place.shape());
            }
            float[] read = file.floats(name);
            if (value.isPresent() && !Arrays.equals(value.get(), read)) {
                throw new EngineException(
                        file.path() + ": tensors " + String.join(" and ", names) + " differ; MoRA has one matrix");
            }
            value = Optional.of(read);
        }
        return value.orElseThrow(() -> new EngineException(file.path() + ": has no tensor " + names.get(0)));
    }
}
