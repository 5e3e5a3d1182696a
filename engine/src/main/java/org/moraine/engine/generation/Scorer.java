package org.moraine.engine.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.MicroBatch;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;

/** Measures how well a model, with or without an adapter, predicts given examples. */
public final class Scorer implements AutoCloseable {

    private final BaseModel base;
    private final List<NDArray> weights;
    private final List<NDArray> matrices;
    private final Decoder decoder;

    public Scorer(BaseModel base, @Nullable Adapter adapter) {
        this.base = base;
        this.weights = adapter == null ? base.weights() : adapter.weights();
        this.matrices = adapter == null ? List.of() : adapter.matrices();
        this.decoder = adapter == null ? Decoder.plain(base) : adapter.decoder(false);
    }

    /**
     * One example's score.
     *
     * @param tokens that were scored
     * @param nll their negative log-likelihood in nats, summed
     */
    public record Score(int tokens, double nll) {}

    /**
     * Scores the example's trained tokens, each from all ids before it.
     *
     * @throws org.moraine.engine.EngineException naming the line of an example that is longer than the model takes
     */
    public Score score(Example example) {
        int length = example.ids().length;
        int tokens = example.trainedTokens();
        if (length < 2 || tokens == 0) {
            return new Score(0, 0);
        }
        base.config().requireFits("line " + example.line(), length - 1);
        MicroBatch alone = MicroBatch.of(List.of(example));
        try (NDManager scope = base.manager().newSubManager()) {
            double nll = decoder.scores(
                            Decoder.Row.of(scope, alone.ids(), alone.labels(), alone.ends()), weights, matrices)
                    .toDoubleArray()[0];
            return new Score(tokens, nll);
        }
    }

    @Override
    public void close() {
        decoder.close();
    }
}
