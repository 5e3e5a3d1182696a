package org.moraine.jobs.submit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.EarlierAdapter;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.model.ModelConfig;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.openai.Fields;

/**
 * A create request, read and checked as far as it can be without looking anything up.
 *
 * @param suffix null where the adapter is to be named after the base model
 * @param seed null where one is to be made
 */
record Submission(
        Fields request,
        String model,
        String trainingFile,
        @Nullable String validationFile,
        @Nullable String suffix,
        @Nullable Integer seed) {

    private static final String FINE_TUNED = "ft:";
    private static final int LONGEST_SUFFIX = 64;
    private static final int LONGEST_METADATA_KEY = 64;
    private static final int LONGEST_METADATA_VALUE = 512;

    /** What the request means for one base model. */
    record Settings(AdapterSettings adapter, TrainingSettings training, ObjectNode echo) {}

    /** Throws {@link Refused} naming the field that cannot be accepted. */
    static Submission of(ObjectNode body) {
        Fields request = Fields.of(body);
        Submission submission = new Submission(
                request,
                request.requiredText("model"),
                request.requiredText("training_file"),
                request.text("validation_file"),
                suffix(request),
                request.whole("seed", 0, Integer.MAX_VALUE));
        checkMetadata(request);
        checkIntegrations(request);
        return submission;
    }

    private static @Nullable String suffix(Fields request) {
        String suffix = request.text("suffix");
        if (suffix != null && (suffix.isEmpty() || suffix.length() > LONGEST_SUFFIX)) {
            throw request.refused("suffix", "has from 1 to " + LONGEST_SUFFIX + " characters");
        }
        return suffix;
    }

    private static void checkMetadata(Fields request) {
        Fields metadata = request.inner("metadata");
        if (metadata.object().size() > Jobs.MOST_METADATA) {
            throw request.refused("metadata", "has at most " + Jobs.MOST_METADATA + " pairs");
        }
        for (Iterator<Map.Entry<String, JsonNode>> pairs = metadata.object().fields(); pairs.hasNext(); ) {
            Map.Entry<String, JsonNode> pair = pairs.next();
            if (pair.getKey().length() > LONGEST_METADATA_KEY) {
                throw request.refused("metadata", "has keys of at most " + LONGEST_METADATA_KEY + " characters");
            }
            if (!pair.getValue().isTextual() || pair.getValue().textValue().length() > LONGEST_METADATA_VALUE) {
                throw metadata.refused(
                        pair.getKey(), "is a string of at most " + LONGEST_METADATA_VALUE + " characters");
            }
        }
    }

    private static void checkIntegrations(Fields request) {
        JsonNode integrations = request.object().get("integrations");
        boolean none =
                integrations == null || integrations.isNull() || (integrations.isArray() && integrations.isEmpty());
        if (!none) {
            throw request.refused("integrations", "is left out: a job reports to no other service");
        }
    }

    /** Whether the model is one that a job made, which is trained further. */
    boolean goesOn() {
        return model.startsWith(FINE_TUNED);
    }

    /** Whose next version the job makes: the suffix, else the earlier adapter, else the base model's name made to fit. */
    AdapterName adapter(TeamName team, @Nullable EarlierAdapter earlier) {
        if (suffix == null) {
            return earlier == null ? new AdapterName(team, fitted(model)) : earlier.adapter();
        }
        try {
            return new AdapterName(team, suffix);
        } catch (Refused refused) {
            throw Refused.invalid(
                    "suffix",
                    "Invalid 'suffix': it names the adapter. "
                            + refused.problem().message());
        }
    }

    private static String fitted(String model) {
        String last = model.replaceAll("/+$", "").replaceAll(".*/", "").replaceAll("@.*", "");
        String name = last.replaceAll("[^A-Za-z0-9._-]", "-")
                .replaceAll("-{2,}", "-")
                .replaceAll("\\.{2,}", ".")
                .replaceAll("(\\.git)+$", "");
        name = name.substring(0, Math.min(LONGEST_SUFFIX, name.length()))
                .replaceAll("^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "")
                .replaceAll("[._-]*\\.(v[0-9]+)$", "-$1");
        return name.isEmpty() ? "adapter" : name;
    }

    /**
     * What the request means for a base model.
     *
     * @param earlier the settings of the adapter that is trained further, null for a new one
     * @param shapes throws where an adapter does not fit a layer of the model, as {@code AdapterShapes.check} does
     * @throws Refused where a value is out of bounds or does not fit a layer of the model
     */
    Settings settings(
            ModelConfig config,
            @Nullable AdapterSettings earlier,
            int seed,
            BiConsumer<ModelConfig, AdapterSettings> shapes) {
        Hyperparameters hyperparameters = Hyperparameters.of(request);
        AdapterSettings adapter = earlier == null ? hyperparameters.adapter() : hyperparameters.adapter(earlier);
        TrainingSettings training = hyperparameters.training(seed, config.maxPositions(), validationFile != null);
        hyperparameters.requireFit(adapter, training);
        hyperparameters.located(() -> {
            shapes.accept(config.quantised(training.quantise()), adapter);
            return adapter;
        });
        return new Settings(adapter, training, echo(hyperparameters.resolved(adapter, training)));
    }

    private ObjectNode echo(ObjectNode resolved) {
        ObjectNode echo = resolved.objectNode();
        ObjectNode method = request.inner("method").object().deepCopy();
        method.put("type", "supervised");
        ObjectNode supervised =
                method.get("supervised") instanceof ObjectNode found ? found : method.putObject("supervised");
        supervised.set("hyperparameters", resolved);
        echo.set("method", method);
        echo.set("hyperparameters", resolved.deepCopy());
        echo.set("integrations", request.object().get("integrations"));
        echo.set("metadata", request.object().get("metadata"));
        return echo;
    }
}
