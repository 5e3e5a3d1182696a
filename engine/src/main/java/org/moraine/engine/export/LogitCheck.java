package org.moraine.engine.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.SplittableRandom;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.ModelConfig;

/** The logits of base model and adapter on some random tokens, 32 bits wide, which every export is held against. */
final class LogitCheck {

    /** The largest difference allowed where an export is to be the same, as a share of the largest logit above 1. */
    static final double TOLERANCE = 1e-4;

    private static final int EXAMPLES = 2;
    private static final int TOKENS = 32;

    private final long[] ids;
    private final Shape shape;
    private final float[] expected;

    LogitCheck(BaseModel base, Adapter adapter) {
        int tokens = Math.min(TOKENS, base.config().maxPositions());
        this.ids = new SplittableRandom(1)
                .longs((long) EXAMPLES * tokens, 0, base.config().vocabularySize())
                .toArray();
        this.shape = new Shape(EXAMPLES, tokens);
        this.expected = logits(base, adapter);
    }

    /** The largest difference that an adapter on the base model makes. */
    double difference(BaseModel base, Adapter adapter) {
        return difference(logits(base, adapter));
    }

    /**
     * The largest difference that weights without an adapter make.
     *
     * @param config their shape
     */
    double difference(BaseModel base, ModelConfig config, List<NDArray> weights) {
        try (Decoder decoder = Decoder.plain(base, config)) {
            return difference(logits(base, decoder, weights, List.of()));
        }
    }

    /**
     * Accepts a difference as rounding.
     *
     * @throws EngineException where it is more
     */
    double requireSame(double difference) {
        double allowed = TOLERANCE * Math.max(1, largestLogit());
        if (!(difference <= allowed)) {
            throw new EngineException("the export's logits differ from base model and adapter by " + difference
                    + ", and rounding explains " + allowed + "; nothing was written");
        }
        return difference;
    }

    /** How many tokens' logits are compared. */
    int tokens() {
        return ids.length;
    }

    double largestLogit() {
        double largest = 0;
        for (float logit : expected) {
            largest = Math.max(largest, Math.abs(logit));
        }
        return largest;
    }

    private float[] logits(BaseModel base, Adapter adapter) {
        try (Decoder decoder = adapter.decoder(false)) {
            return logits(base, decoder, adapter.weights(), adapter.matrices());
        }
    }

    private float[] logits(BaseModel base, Decoder decoder, List<NDArray> weights, List<NDArray> matrices) {
        try (NDManager scope = base.manager().newSubManager()) {
            return decoder.logits(scope.create(ids, shape), weights, matrices).toFloatArray();
        }
    }

    /** NaN where any logit is. */
    private double difference(float[] logits) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(logits[i] - expected[i]));
        }
        return largest;
    }
}
