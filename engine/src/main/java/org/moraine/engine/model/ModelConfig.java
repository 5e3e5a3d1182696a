package org.moraine.engine.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.moraine.contracts.Projection;
import org.moraine.engine.EngineException;

/**
 * The shape of a decoder of the Llama family, as its {@code config.json} says it, in the old and the new spelling.
 *
 * @param vocabularySize rows of the embedding
 * @param hiddenSize width of the residual stream
 * @param feedForwardSize inner width of the feed-forward block
 * @param heads query heads; a multiple of {@code keyValueHeads}
 * @param headSize width of one head; not always hidden size / heads
 * @param normEpsilon added under the root of RMSNorm
 * @param ropeTheta base of the rotary embedding's frequencies
 * @param tied whether the embedding is the output head too
 * @param maxPositions the longest sequence the model was made for, in tokens
 */
public record ModelConfig(
        int vocabularySize,
        int hiddenSize,
        int feedForwardSize,
        int layers,
        int heads,
        int keyValueHeads,
        int headSize,
        double normEpsilon,
        double ropeTheta,
        boolean tied,
        int maxPositions) {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int LARGEST_DIMENSION = 1 << 20;

    public ModelConfig {
        requireWithin("vocab_size", vocabularySize);
        requireWithin("hidden_size", hiddenSize);
        requireWithin("intermediate_size", feedForwardSize);
        requireWithin("num_hidden_layers", layers);
        requireWithin("num_attention_heads", heads);
        requireWithin("num_key_value_heads", keyValueHeads);
        requireWithin("head_dim", headSize);
        if (heads % keyValueHeads != 0) {
            throw new EngineException(
                    "num_attention_heads " + heads + " is no multiple of num_key_value_heads " + keyValueHeads);
        }
        if (headSize % 2 != 0) {
            throw new EngineException("head_dim " + headSize + " is odd; the rotary embedding turns pairs");
        }
    }

    private static void requireWithin(String key, int value) {
        if (value < 1 || value > LARGEST_DIMENSION) {
            throw new EngineException(key + " is from 1 to " + LARGEST_DIMENSION + ", not " + value);
        }
    }

    /**
     * Reads {@code config.json}.
     *
     * @throws EngineException naming the file and the key, also for an architecture this engine does not compute
     */
    public static ModelConfig read(Path file) {
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
        String type = json.path("model_type").asText();
        if (!type.equals("llama")) {
            throw new EngineException("model_type '" + type + "' is not supported; 'llama' is");
        }
        refuse(json, "attention_bias", "biases in attention are not supported");
        refuse(json, "mlp_bias", "biases in the feed-forward block are not supported");
        String activation = json.path("hidden_act").asText("silu");
        if (!activation.equals("silu")) {
            throw new EngineException("hidden_act '" + activation + "' is not supported; 'silu' is");
        }
        int hidden = integer(json, "hidden_size");
        int heads = integer(json, "num_attention_heads");
        JsonNode rope = rope(json);
        return new ModelConfig(
                integer(json, "vocab_size"),
                hidden,
                integer(json, "intermediate_size"),
                integer(json, "num_hidden_layers"),
                heads,
                json.hasNonNull("num_key_value_heads") ? integer(json, "num_key_value_heads") : heads,
                json.hasNonNull("head_dim") ? integer(json, "head_dim") : hidden / Math.max(1, heads),
                json.path("rms_norm_eps").asDouble(1e-6),
                rope.path("rope_theta").asDouble(json.path("rope_theta").asDouble(10000)),
                json.path("tie_word_embeddings").asBoolean(false),
                json.path("max_position_embeddings").asInt(2048));
    }

    /** {@code rope_parameters} as transformers 5 writes them, else {@code rope_scaling}; anything but plain is refused. */
    private static JsonNode rope(JsonNode json) {
        JsonNode rope = json.hasNonNull("rope_parameters") ? json.get("rope_parameters") : json.path("rope_scaling");
        String kind = rope.path("rope_type").asText(rope.path("type").asText("default"));
        if (!kind.equals("default")) {
            throw new EngineException("rope scaling '" + kind + "' is not supported");
        }
        return rope;
    }

    private static void refuse(JsonNode json, String key, String message) {
        if (json.path(key).asBoolean(false)) {
            throw new EngineException(key + ": " + message);
        }
    }

    private static int integer(JsonNode json, String key) {
        JsonNode value = json.path(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new EngineException(key + " is missing or no whole number");
        }
        return value.asInt();
    }

    /** Outputs of a projection: the rows of its weight. */
    public int out(Projection projection) {
        return switch (projection) {
            case Q -> heads * headSize;
            case K, V -> keyValueHeads * headSize;
            case O, DOWN -> hiddenSize;
            case GATE, UP -> feedForwardSize;
        };
    }

    /** Inputs of a projection: the columns of its weight. */
    public int in(Projection projection) {
        return switch (projection) {
            case Q, K, V, GATE, UP -> hiddenSize;
            case O -> heads * headSize;
            case DOWN -> feedForwardSize;
        };
    }

    /** Numbers in all weights, the head counted once where it is tied. */
    public long parameters() {
        long layer = 2L * hiddenSize;
        for (Projection projection : Projection.values()) {
            layer += (long) out(projection) * in(projection);
        }
        return (tied ? 1L : 2L) * vocabularySize * hiddenSize + hiddenSize + layers * layer;
    }
}
