package org.moraine.engine.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;

/**
 * Trains an adapter on examples. One step is one native call; the adapter's matrices are updated in place, so that it
 * can be written or used for generation after any step.
 */
public final class TrainingLoop {

    private static final int PACE_STEPS = 20;

    private final BaseModel base;
    private final Adapter adapter;
    private final List<Example> examples;
    private final TrainingSettings settings;
    private final Batches batches;

    /**
     * Prepares a training.
     *
     * @throws EngineException where no example has a trained token, or one is longer than the base model's limit
     */
    public TrainingLoop(BaseModel base, Adapter adapter, List<Example> examples, TrainingSettings settings) {
        this.base = base;
        this.adapter = adapter;
        this.examples = List.copyOf(examples);
        this.settings = settings;
        this.batches = new Batches(this.examples, settings.batchSize(), settings.seed());
        if (this.examples.stream().noneMatch(example -> example.trainedTokens() > 0)) {
            throw new EngineException("the training data has no trained token");
        }
        for (Example example : this.examples) {
            base.config().requireFits("line " + example.line(), example.ids().length - 1);
        }
    }

    /** Updates that the whole training makes. */
    public int totalSteps() {
        Integer steps = settings.steps();
        return steps != null ? steps : Math.multiplyExact(settings.epochs(), batches.perEpoch());
    }

    /**
     * Runs to the last step, or until the listener ends it.
     *
     * @throws EngineException where loss or gradients stop being finite; the adapter then holds the last good update
     */
    public TrainingResult run(TrainingListener listener) {
        int total = totalSteps();
        long began = System.nanoTime();
        Pace pace = new Pace(PACE_STEPS);
        long trainedTokens = 0;
        int step = 0;
        try (NDManager state = base.manager().newSubManager();
                Decoder decoder = adapter.decoder(recomputed())) {
            List<NDArray> first = zeros(state);
            List<NDArray> second = zeros(state);
            while (step < total && listener.goOn()) {
                long start = System.nanoTime();
                List<Example> batch = batches.at(step);
                long labels = batch.stream().mapToLong(Example::trainedTokens).sum();
                long tokens = batch.stream().mapToLong(e -> e.ids().length).sum();
                double rate = settings.schedule().at(step, total, settings.learningRate());
                float[] lossAndNorm = labels == 0
                        ? new float[2]
                        : update(state, decoder, batch, first, second, updateOf(step, rate, labels));
                step++;
                trainedTokens += labels;
                double seconds = (System.nanoTime() - start) / 1e9;
                pace.add(tokens, seconds);
                listener.stepped(new StepReport(
                        step,
                        total,
                        lossAndNorm[0],
                        lossAndNorm[1],
                        rate,
                        tokens,
                        trainedTokens,
                        seconds,
                        pace.tokensPerSecond(),
                        pace.secondsPerStep() * (total - step)));
            }
        }
        return new TrainingResult(step, trainedTokens, (System.nanoTime() - began) / 1e9, step == total);
    }

    private Decoder.Update updateOf(int step, double rate, long labels) {
        boolean dropout = adapter.settings().dropout() > 0;
        // Micro-batches count up from the step's seed, and a step has fewer than 4096 of them; a seed of the user's
        // below zero is one like any other, while the program takes one below zero for no dropout.
        long mixed = (Math.floorMod(settings.seed(), 1L << 20) << 20) + step;
        long seed = dropout ? Math.floorMod(mixed << 12, 1L << 50) : -1;
        return new Decoder.Update(step + 1, rate, labels, seed, settings.clipNorm(), settings.weightDecay());
    }

    private float[] update(
            NDManager state,
            Decoder decoder,
            List<Example> batch,
            List<NDArray> first,
            List<NDArray> second,
            Decoder.Update update) {
        Integer asked = settings.microBatch();
        int size = asked == null ? batch.size() : asked;
        try (NDManager scope = state.newSubManager()) {
            List<Decoder.Row> rows = new ArrayList<>();
            for (int from = 0; from < batch.size(); from += size) {
                rows.add(MicroBatch.of(batch.subList(from, Math.min(batch.size(), from + size)))
                        .on(scope));
            }
            float[] lossAndNorm = decoder.step(rows, base.weights(), adapter.matrices(), first, second, update)
                    .toFloatArray();
            if (!Float.isFinite(lossAndNorm[1]) || !Float.isFinite(lossAndNorm[0])) {
                throw new EngineException("step " + update.number() + ": the loss is " + lossAndNorm[0]
                        + " and the gradients' norm " + lossAndNorm[1]
                        + "; a lower learning rate or a look at the data may help");
            }
            return lossAndNorm;
        }
    }

    private List<NDArray> zeros(NDManager manager) {
        return adapter.matrices().stream()
                .map(matrix -> manager.zeros(matrix.getShape(), DataType.FLOAT32))
                .toList();
    }

    private boolean recomputed() {
        if (settings.layers() != Layers.AUTO) {
            return settings.layers() == Layers.RECOMPUTED;
        }
        int longest = examples.stream().mapToInt(e -> e.ids().length).max().orElse(0);
        Integer asked = settings.microBatch();
        long rows = Math.min(asked == null ? settings.batchSize() : asked, examples.size());
        return MemoryEstimate.keptBytes(base.config(), base.dtype(), rows * longest) > MemoryEstimate.available() / 2;
    }
}
