package org.moraine.engine.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Digest;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.safetensors.DType;

/**
 * Everything that decides what a training computes. Order of the data and dropout are drawn anew for every step, from
 * the settings' seed and the step's number alone, so that no random state has to be kept beside them.
 *
 * @param base of the base model's configuration and weights
 * @param data of the examples' ids and marks: of what the tokenizer, the chat template and the cut made of the file
 * @param validation of the examples that it is measured on, null where it is not
 * @param startedFrom of the adapter's file that the training began with, null where it began anew
 * @param dtype the type computed in, which the setting {@code auto} leaves to the machine
 * @param recomputed whether layers are run again on the way back, which {@code auto} leaves to the machine as well
 */
public record RunInputs(
        Digest base,
        Digest data,
        @Nullable Digest validation,
        @JsonProperty("started_from") @Nullable Digest startedFrom,
        AdapterSettings adapter,
        TrainingSettings training,
        DType dtype,
        boolean recomputed) {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Map<String, String> DIGESTS = Map.of(
            "base", "the base model's files",
            "data", "the training data",
            "validation", "the validation data",
            "started_from", "the adapter that the training starts from");

    /** What the base model has to be loaded in, so that a training that goes on makes the same bits. */
    public Precision precision() {
        return dtype == DType.BF16 ? Precision.BF16 : Precision.FP32;
    }

    /** What is another here than in {@code before}, a phrase each; empty where one training can go on as the other. */
    List<String> differences(RunInputs before) {
        List<String> differences = new ArrayList<>();
        compare("", JSON.valueToTree(before), JSON.valueToTree(this), differences);
        return differences;
    }

    private static void compare(String path, JsonNode before, JsonNode now, List<String> differences) {
        if (before.equals(now)) {
            return;
        }
        if (before.isObject() && now.isObject()) {
            TreeSet<String> names = new TreeSet<>();
            before.fieldNames().forEachRemaining(names::add);
            now.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                compare(path.isEmpty() ? name : path + "." + name, before.path(name), now.path(name), differences);
            }
        } else if (DIGESTS.containsKey(path)) {
            differences.add(DIGESTS.get(path));
        } else {
            differences.add(path + " (" + before + " before, " + now + " now)");
        }
    }
}
