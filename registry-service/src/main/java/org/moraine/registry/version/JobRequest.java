package org.moraine.registry.version;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A create request of job-api that makes what a version's training record says once more: the same base model, data,
 * settings and seed. Training and validation file are named by their digests.
 */
final class JobRequest {

    private static final Pattern OF_A_HUB = Pattern.compile("[^/:@]+/[^/:@]+");

    private final ObjectNode hyperparameters = JsonNodeFactory.instance.objectNode();

    private JobRequest() {}

    /**
     * @param training the version's {@code training.json}
     * @param revision the commit of the base model that was trained on; null where it has none
     */
    static ObjectNode of(Version version, JsonNode training, @Nullable String revision) {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        request.put("model", model(training.path("base").asText(), revision));
        request.set("training_file", training.path("data"));
        if (training.hasNonNull("validation")) {
            request.set("validation_file", training.path("validation"));
        }
        request.put("suffix", version.adapter().adapter());
        request.set("seed", training.at("/training/seed"));
        ObjectNode method = request.putObject("method");
        method.put("type", "supervised");
        method.putObject("supervised").set("hyperparameters", new JobRequest().hyperparameters(training));
        return request;
    }

    /** What a name of the Hub meant then; any other name stands for one state. */
    private static String model(String base, @Nullable String revision) {
        return revision != null && OF_A_HUB.matcher(base).matches() ? base + "@" + revision : base;
    }

    private ObjectNode hyperparameters(JsonNode record) {
        JsonNode adapter = record.path("adapter");
        hyperparameters.set("adapter_type", adapter.path("method"));
        if (!adapter.path("method").asText().equals("full")) {
            take(
                    adapter,
                    Map.of(
                            "mora_type",
                            "mora_type",
                            "rank",
                            "rank",
                            "alpha",
                            "alpha",
                            "dropout",
                            "dropout",
                            "target_modules",
                            "target_modules"));
            take(
                    adapter.path("variation"),
                    Map.of(
                            "use_rslora",
                            "use_rslora",
                            "rank_pattern",
                            "rank_pattern",
                            "alpha_pattern",
                            "alpha_pattern"));
        }
        JsonNode training = record.path("training");
        take(
                training,
                Map.of(
                        "epochs",
                        "n_epochs",
                        "steps",
                        "steps",
                        "batch_size",
                        "batch_size",
                        "micro_batch",
                        "micro_batch",
                        "max_tokens",
                        "max_tokens",
                        "learning_rate",
                        "learning_rate",
                        "weight_decay",
                        "weight_decay",
                        "clip_norm",
                        "clip_norm"));
        take(training, Map.of("precision", "precision", "layers", "layers", "quantise", "quantise"));
        take(
                training.path("schedule"),
                Map.of("decay", "schedule", "warmup_ratio", "warmup_ratio", "minimum_ratio", "minimum_ratio"));
        take(training.path("skips"), Map.of("in_a_row", "skips_in_a_row", "in_all", "skips_in_all"));
        JsonNode evaluation = training.path("evaluation");
        if (record.hasNonNull("validation")
                || evaluation.path("validation_split").asDouble() > 0) {
            take(
                    evaluation,
                    Map.of(
                            "validation_split",
                            "validation_split",
                            "evaluate_every",
                            "evaluate_every",
                            "keep",
                            "keep",
                            "patience",
                            "patience",
                            "sample_prompts",
                            "sample_prompts"));
        }
        return hyperparameters;
    }

    /** Takes what is there and not null from the record, under the request's words. */
    private void take(JsonNode from, Map<String, String> words) {
        words.forEach((recorded, asked) -> {
            if (from.hasNonNull(recorded)) {
                hyperparameters.set(asked, from.get(recorded));
            }
        });
    }
}
