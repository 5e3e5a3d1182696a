package org.moraine.registry.version;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A create request of job-api that makes what a version's training record says once more: the same base model or earlier
 * adapter, data,
 * settings and seed. Training and validation file are named by their digests.
 */
final class JobRequest {

    private static final Pattern OF_A_HUB = Pattern.compile("[^/:@]+/[^/:@]+");

    private static final String EARLIER = "earlier_adapter";

    private final ObjectNode hyperparameters = JsonNodeFactory.instance.objectNode();

    private JobRequest() {}

    /**
     * @param training the version's {@code training.json}
     * @param revision the commit of the base model that was trained on; null where it has none
     */
    static ObjectNode of(Version version, JsonNode training, @Nullable String revision) {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        request.put(
                "model",
                training.hasNonNull(EARLIER)
                        ? training.path(EARLIER).asText()
                        : model(training.path("base").asText(), revision));
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
        if (record.hasNonNull(EARLIER)) {
            take(adapter, "dropout"); // the rest is the earlier adapter's own
        } else if (adapter.path("method").asText().equals("full")) {
            hyperparameters.set("adapter_type", adapter.path("method"));
        } else {
            hyperparameters.set("adapter_type", adapter.path("method"));
            take(adapter, "mora_type", "rank", "alpha", "dropout", "target_modules");
            JsonNode variation = adapter.path("variation");
            take(variation, "use_rslora", "rank_pattern", "alpha_pattern");
            if (!variation.path("modules_to_save").isEmpty()) {
                take(variation, "modules_to_save");
            }
        }
        JsonNode training = record.path("training");
        takeAs("n_epochs", training.path("epochs"));
        take(
                training,
                "steps",
                "batch_size",
                "micro_batch",
                "max_tokens",
                "learning_rate",
                "weight_decay",
                "clip_norm");
        take(training, "precision", "layers", "quantise");
        JsonNode schedule = training.path("schedule");
        takeAs("schedule", schedule.path("decay"));
        take(schedule, "warmup_ratio", "minimum_ratio");
        JsonNode skips = training.path("skips");
        takeAs("skips_in_a_row", skips.path("in_a_row"));
        takeAs("skips_in_all", skips.path("in_all"));
        JsonNode evaluation = training.path("evaluation");
        if (record.hasNonNull("validation")
                || evaluation.path("validation_split").asDouble() > 0) {
            take(evaluation, "validation_split", "evaluate_every", "keep", "patience", "sample_prompts");
        }
        return hyperparameters;
    }

    /** Takes what the request calls by the record's own words. */
    private void take(JsonNode from, String... words) {
        for (String word : words) {
            takeAs(word, from.path(word));
        }
    }

    /** Takes what is there and not null. */
    private void takeAs(String word, JsonNode value) {
        if (!value.isMissingNode() && !value.isNull()) {
            hyperparameters.set(word, value);
        }
    }
}
