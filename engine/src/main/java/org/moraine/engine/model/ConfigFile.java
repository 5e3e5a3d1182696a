package org.moraine.engine.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.moraine.contracts.Projection;
import org.moraine.engine.EngineException;

/**
 * Reads {@code config.json} as published folders have it: in transformers' old spelling ({@code rope_theta} and {@code
 * rope_scaling}, {@code use_sliding_window} and {@code max_window_layers}) and in that of its version 5 ({@code
 * rope_parameters}, {@code layer_types}). A key left out has the value that transformers gives it.
 */
final class ConfigFile {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<Projection> ATTENTION = EnumSet.of(Projection.Q, Projection.K, Projection.V, Projection.O);
    private static final Set<Projection> FEED_FORWARD = EnumSet.of(Projection.GATE, Projection.UP, Projection.DOWN);

    private ConfigFile() {}

    static ModelConfig read(Path file) {
        JsonNode json;
        try {
            json = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new EngineException(file + ": is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new EngineException(file + ": cannot be read: " + e.getMessage(), e);
        }
        try {
            return of(json);
        } catch (EngineException e) {
            throw new EngineException(file + ": " + e.getMessage(), e);
        }
    }

    private static ModelConfig of(JsonNode json) {
        refuseWhatIsNotComputed(json);
        int positions = json.hasNonNull("max_position_embeddings") ? whole(json, "max_position_embeddings") : 2048;
        RopeScaling scaling = scaling(json, positions);
        Architecture architecture = architecture(json, scaling);
        int hidden = whole(json, "hidden_size");
        int heads = whole(json, "num_attention_heads");
        return new ModelConfig(
                whole(json, "vocab_size"),
                hidden,
                whole(json, "intermediate_size"),
                whole(json, "num_hidden_layers"),
                heads,
                json.hasNonNull("num_key_value_heads") ? whole(json, "num_key_value_heads") : heads,
                headSize(json, hidden, heads),
                number(json, "rms_norm_eps", 1e-6),
                number(rope(json), "rope_theta", number(json, "rope_theta", 10000)),
                json.path("tie_word_embeddings").asBoolean(false),
                scaling.positions(positions),
                architecture);
    }

    private static void refuseWhatIsNotComputed(JsonNode json) {
        for (JsonNode name : json.path("architectures")) {
            if (!name.asText().endsWith("ForCausalLM")) {
                throw new EngineException("architecture '" + name.asText() + "' is no language model");
            }
        }
        if (json.hasNonNull("quantization_config")) {
            String method =
                    json.path("quantization_config").path("quant_method").asText("unnamed");
            throw new EngineException(
                    "quantization_config: weights already quantised (" + method + ") are not read; F32, F16, BF16 are");
        }
        String activation = json.path("hidden_act").asText("silu");
        if (!activation.equals("silu")) {
            throw new EngineException("hidden_act '" + activation + "' is not supported; 'silu' is");
        }
    }

    private static Architecture architecture(JsonNode json, RopeScaling scaling) {
        String type = json.path("model_type").asText();
        Set<Projection> biased = EnumSet.noneOf(Projection.class);
        if (json.path("attention_bias").asBoolean(false)) {
            biased.addAll(ATTENTION);
        }
        return switch (type) {
            case "llama" -> {
                if (json.path("mlp_bias").asBoolean(false)) {
                    biased.addAll(FEED_FORWARD);
                }
                yield new Architecture(biased, false, SlidingWindow.NONE, scaling);
            }
            case "mistral" -> {
                boolean windowed = json.hasNonNull("sliding_window");
                Set<Integer> all = windowed ? layersFrom(0, json) : Set.of();
                yield new Architecture(Set.of(), false, window(json, all), scaling);
            }
            case "qwen2" ->
                new Architecture(
                        EnumSet.of(Projection.Q, Projection.K, Projection.V),
                        false,
                        window(json, qwenWindowed(json)),
                        scaling);
            case "qwen3" -> new Architecture(biased, true, window(json, qwenWindowed(json)), scaling);
            default ->
                throw new EngineException(
                        "model_type '" + type + "' is not supported; 'llama', 'mistral', 'qwen2' and 'qwen3' are");
        };
    }

    /** Which of Qwen's layers see a window only: those that {@code layer_types} names, else the last ones. */
    private static Set<Integer> qwenWindowed(JsonNode json) {
        boolean windowed = json.path("use_sliding_window").asBoolean(false) && json.hasNonNull("sliding_window");
        JsonNode types = json.path("layer_types");
        if (!types.isArray()) {
            int first = json.hasNonNull("max_window_layers") ? whole(json, "max_window_layers") : 28;
            return windowed ? layersFrom(first, json) : Set.of();
        }
        Set<Integer> layers = new HashSet<>();
        for (int i = 0; i < types.size(); i++) {
            String type = types.get(i).asText();
            if (!type.equals("sliding_attention") && !type.equals("full_attention")) {
                throw new EngineException("layer_types: '" + type + "' is not supported");
            }
            if (type.equals("sliding_attention")) {
                layers.add(i);
            }
        }
        if (!windowed && !layers.isEmpty()) {
            throw new EngineException("layer_types names sliding_attention, but no sliding_window is in use");
        }
        return layers;
    }

    private static Set<Integer> layersFrom(int first, JsonNode json) {
        return IntStream.range(first, Math.min(whole(json, "num_hidden_layers"), ModelConfig.MOST_LAYERS))
                .boxed()
                .collect(Collectors.toSet());
    }

    private static SlidingWindow window(JsonNode json, Set<Integer> layers) {
        return layers.isEmpty() ? SlidingWindow.NONE : new SlidingWindow(whole(json, "sliding_window"), layers);
    }

    private static int headSize(JsonNode json, int hidden, int heads) {
        if (json.hasNonNull("head_dim")) {
            return whole(json, "head_dim");
        }
        if (json.path("model_type").asText().equals("qwen3")) {
            return 128;
        }
        if (heads < 1 || hidden % heads != 0) {
            throw new EngineException("hidden_size " + hidden + " is no multiple of num_attention_heads " + heads
                    + ", and there is no head_dim");
        }
        return hidden / heads;
    }

    private static JsonNode rope(JsonNode json) {
        return json.hasNonNull("rope_parameters") ? json.get("rope_parameters") : json.path("rope_scaling");
    }

    private static RopeScaling scaling(JsonNode json, int positions) {
        JsonNode rope = rope(json);
        if (number(rope, "partial_rotary_factor", number(json, "partial_rotary_factor", 1)) != 1) {
            throw new EngineException("partial_rotary_factor: heads that are turned in part are not supported");
        }
        String kind = rope.path("rope_type").asText(rope.path("type").asText("default"));
        return switch (kind) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(number(rope, "factor"));
            case "dynamic" -> new RopeScaling.Dynamic(number(rope, "factor"), positions);
            case "llama3" -> {
                double low = number(rope, "low_freq_factor");
                double high = number(rope, "high_freq_factor");
                if (low >= high) {
                    throw new EngineException("low_freq_factor " + low + " is not below high_freq_factor " + high);
                }
                String original = "original_max_position_embeddings";
                yield new RopeScaling.Llama3(
                        number(rope, "factor"),
                        low,
                        high,
                        rope.hasNonNull(original) ? whole(rope, original) : positions);
            }
            default ->
                throw new EngineException("rope scaling '" + kind
                        + "' is not supported; 'default', 'linear', 'dynamic' and 'llama3' are");
        };
    }

    private static double number(JsonNode json, String key, double otherwise) {
        return json.hasNonNull(key) ? number(json, key) : otherwise;
    }

    private static double number(JsonNode json, String key) {
        JsonNode value = json.path(key);
        double number = value.asDouble();
        if (!value.isNumber() || !(number > 0) || Double.isInfinite(number)) {
            throw new EngineException(key + " is missing or no number above 0");
        }
        return number;
    }

    private static int whole(JsonNode json, String key) {
        JsonNode value = json.path(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new EngineException(key + " is missing or no whole number");
        }
        return value.asInt();
    }
}
