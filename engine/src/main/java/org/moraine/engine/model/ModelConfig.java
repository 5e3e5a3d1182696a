package org.moraine.engine.model;

import java.nio.file.Path;
import java.util.List;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Quantisation;
import org.moraine.engine.EngineException;
import org.moraine.engine.safetensors.DType;

/**
 * The shape of a decoder of the Llama family, as its {@code config.json} says it.
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
 * @param architecture where a layer differs from Llama 2's
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
        int maxPositions,
        Architecture architecture) {

    private static final int LARGEST_DIMENSION = 1 << 20;
    static final int MOST_LAYERS = 4096;

    public ModelConfig {
        within("vocab_size", vocabularySize, LARGEST_DIMENSION);
        within("hidden_size", hiddenSize, LARGEST_DIMENSION);
        within("intermediate_size", feedForwardSize, LARGEST_DIMENSION);
        within("num_hidden_layers", layers, MOST_LAYERS);
        within("num_attention_heads", heads, LARGEST_DIMENSION);
        within("num_key_value_heads", keyValueHeads, LARGEST_DIMENSION);
        within("head_dim", headSize, LARGEST_DIMENSION);
        within("num_attention_heads x head_dim", (long) heads * headSize, LARGEST_DIMENSION);
        within("max_position_embeddings", maxPositions, Integer.MAX_VALUE);
        if (heads % keyValueHeads != 0) {
            throw new EngineException(
                    "num_attention_heads " + heads + " is no multiple of num_key_value_heads " + keyValueHeads);
        }
        if (headSize % 2 != 0) {
            throw new EngineException("head_dim " + headSize + " is odd; the rotary embedding turns pairs");
        }
    }
    /** A model whose layers are Llama 2's. */
    public ModelConfig(
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
        this(
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                headSize,
                normEpsilon,
                ropeTheta,
                tied,
                maxPositions,
                Architecture.LLAMA);
    }

    private static void within(String key, long value, int most) {
        if (value < 1 || value > most) {
            throw new EngineException(key + " is from 1 to " + most + ", not " + value);
        }
    }

    /**
     * Reads {@code config.json}, in the old and the new spelling.
     *
     * @throws EngineException naming the file and the key, also for an architecture this engine does not compute
     */
    public static ModelConfig read(Path file) {
        return ConfigFile.read(file);
    }

    /** The same shape with its layers' matrices held in fewer bits. */
    public ModelConfig quantised(Quantisation how) {
        return with(tied, architecture.quantised(how));
    }

    /** The same shape with an output head of its own. */
    public ModelConfig untied() {
        return with(false, architecture);
    }

    private ModelConfig with(boolean newlyTied, Architecture newArchitecture) {
        return new ModelConfig(
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                headSize,
                normEpsilon,
                ropeTheta,
                newlyTied,
                maxPositions,
                newArchitecture);
    }

    /**
     * Refuses a sequence that is longer than the model was made for.
     *
     * @param what the sequence, for the message
     * @throws EngineException naming it and the limit
     */
    public void requireFits(String what, int tokens) {
        if (tokens > maxPositions) {
            throw new EngineException(what + " has " + tokens + " tokens; the base model takes " + maxPositions);
        }
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
        return WeightName.all(this).stream().mapToLong(WeightName::elements).sum();
    }

    /**
     * The bytes that all weights take as a model of this configuration holds them, tables that all share left out.
     *
     * @param dtype the type that it computes in
     */
    public long weightBytes(DType dtype) {
        List<WeightName> weights = WeightName.all(this);
        List<Boolean> quantised = new QuantisedText(this).quantised();
        long bytes = 0;
        for (int i = 0; i < weights.size(); i++) {
            WeightName weight = weights.get(i);
            bytes += quantised.get(i)
                    ? codeBytes(weight.elements(), weight.shape().get(0))
                    : weight.elements() * dtype.bytes();
        }
        return bytes;
    }

    /**
     * The bytes that making the largest matrix of a layer wide takes on a CPU, computed in {@code dtype}: the matrix, and
     * the 32-bit numbers and indices of a piece of it. None where the matrices are not in fewer bits.
     */
    public long widenedBytes(DType dtype) {
        if (architecture.quantisation() == Quantisation.NONE) {
            return 0;
        }
        long largest = 0;
        for (Projection projection : Projection.values()) {
            largest = Math.max(largest, (long) out(projection) * in(projection));
        }
        return largest * dtype.bytes() + 3L * Float.BYTES * Math.min(largest, QuantisedText.WIDE);
    }

    /** A byte or half a byte each; for int8 a scale for each output, for NF4 a code for each block's and their scales. */
    private long codeBytes(long elements, long rows) {
        if (architecture.quantisation() == Quantisation.INT8) {
            return elements + Float.BYTES * rows;
        }
        long blocks = (elements + NormalFloat.BLOCK - 1) / NormalFloat.BLOCK;
        long groups = (blocks + NormalFloat.SCALE_BLOCK - 1) / NormalFloat.SCALE_BLOCK;
        return blocks * (NormalFloat.BLOCK / 2 + 1) + Float.BYTES * (groups + 1);
    }
}
