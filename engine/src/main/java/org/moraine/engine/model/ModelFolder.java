package org.moraine.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.ModelSource;
import org.moraine.engine.EngineException;
import org.moraine.engine.WholeFile;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.safetensors.TensorHeader;

/**
 * A base model on disk, in the layout of the Hugging Face Hub: {@code config.json}, {@code tokenizer.json}, a chat
 * template, and weights in {@code model.safetensors} or in several files with {@code model.safetensors.index.json}.
 *
 * @param name what people call the model
 * @param folder where its files are; nobody changes them while the model is used, since weights are mapped
 */
public record ModelFolder(String name, Path folder, ModelConfig config) {

    private static final JsonMapper JSON = new JsonMapper();

    /** Where a weight lies. */
    record Place(SafetensorsFile file, TensorHeader tensor) {}

    /**
     * Reads the configuration; the weights are looked at when they are loaded.
     *
     * @throws EngineException naming the file at fault
     */
    public static ModelFolder open(Path folder) {
        return open(
                folder.getFileName() == null
                        ? folder.toString()
                        : folder.getFileName().toString(),
                folder);
    }

    public static ModelFolder open(String name, Path folder) {
        return new ModelFolder(name, folder, ModelConfig.read(folder.resolve("config.json")));
    }

    /** The commit that the folder was downloaded from, which the cache names it after; empty for any other folder. */
    public Optional<String> revision() {
        Path last = folder.getFileName();
        return Optional.ofNullable(last).map(Path::toString).filter(ModelSource.Revision::isCommit);
    }

    /**
     * The files that make the model compute what it does, {@code config.json} and the weights, with their sizes and
     * SHA-256.
     *
     * @throws EngineException naming a file that cannot be read
     */
    public Manifest files() {
        Set<String> names = new LinkedHashSet<>(weightFiles());
        names.add("config.json");
        return new Manifest(names.stream().map(this::file).toList());
    }

    private Manifest.File file(String name) {
        Path path = folder.resolve(name);
        try {
            return new Manifest.File(name, Files.size(path), WholeFile.digest(path));
        } catch (IOException e) {
            throw new EngineException(path + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** Whether any weights are here; a folder without them can only start at random. */
    public boolean hasWeights() {
        return Files.exists(folder.resolve("model.safetensors"))
                || Files.exists(folder.resolve("model.safetensors.index.json"));
    }

    /**
     * Finds every weight that the configuration asks for, in the order of {@link WeightName#all}.
     *
     * @throws EngineException naming the tensor that is missing, has another shape, or is there twice
     */
    List<Place> weights() {
        Map<String, Place> found = new HashMap<>();
        for (String fileName : weightFiles()) {
            SafetensorsFile file = SafetensorsFile.open(folder.resolve(fileName));
            file.tensors().forEach((tensorName, tensor) -> {
                Place before = found.put(tensorName, new Place(file, tensor));
                if (before != null) {
                    throw new EngineException(file.path() + ": tensor " + tensorName + " is also in "
                            + before.file().path());
                }
            });
        }
        if (config.tied()) {
            refuseAnotherHead(found.get(WeightName.EMBEDDING), found.get(WeightName.HEAD));
        }
        List<Place> places = new ArrayList<>();
        for (WeightName weight : WeightName.all(config)) {
            Place place = found.get(weight.name());
            if (place == null) {
                throw new EngineException(folder + ": has no tensor " + weight.name()
                        + (weight.name().equals(WeightName.HEAD)
                                ? ", and config.json does not tie_word_embeddings"
                                : ""));
            }
            if (!place.tensor().shape().equals(weight.shape())) {
                throw new EngineException(place.file().path() + ": tensor " + weight.name() + " has the shape "
                        + place.tensor().shape() + "; config.json asks for " + weight.shape());
            }
            places.add(place);
        }
        return places;
    }

    /** A tied model's file may hold the head once more; where that is another matrix, config.json is wrong. */
    private void refuseAnotherHead(@Nullable Place embedding, @Nullable Place head) {
        if (embedding != null
                && head != null
                && !embedding.file().sameBytes(embedding.tensor(), head.file(), head.tensor())) {
            throw new EngineException(head.file().path() + ": " + WeightName.HEAD + " differs from "
                    + WeightName.EMBEDDING + ", but config.json says tie_word_embeddings");
        }
    }

    /** As transformers chooses: the whole file where there is one, else those of the index. */
    private Set<String> weightFiles() {
        Path index = folder.resolve("model.safetensors.index.json");
        if (Files.exists(folder.resolve("model.safetensors")) || !Files.exists(index)) {
            return Set.of("model.safetensors");
        }
        try {
            Set<String> files = new LinkedHashSet<>();
            for (JsonNode file : JSON.readTree(Files.readAllBytes(index)).path("weight_map")) {
                String fileName = file.asText();
                if (!fileName.matches("[A-Za-z0-9._-]+")) {
                    throw new EngineException(index + ": '" + fileName + "' is no file name");
                }
                files.add(fileName);
            }
            return files;
        } catch (IOException e) {
            throw new EngineException(index + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
