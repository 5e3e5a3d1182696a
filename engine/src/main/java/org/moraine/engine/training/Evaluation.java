package org.moraine.engine.training;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.data.Example;
import org.moraine.engine.generation.Generator;
import org.moraine.engine.generation.Sampling;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;

/**
 * Measures the adapter as it is, without dropout, on examples that it does not learn. It changes nothing of the
 * training: the next step makes the same bits with and without it.
 */
final class Evaluation implements AutoCloseable {

    private static final long NO_LABEL = -1;
    private static final int MOST_SAMPLE_TOKENS = 128;

    private final BaseModel base;
    private final Adapter adapter;
    private final Decoder decoder;
    private final List<List<Example>> batches = new ArrayList<>();
    private final List<String> prompts;
    private @Nullable Generator generator;

    /**
     * Prepares it.
     *
     * @param atOnce examples that pass the model together
     */
    Evaluation(BaseModel base, Adapter adapter, Decoder decoder, List<Example> held, int atOnce, List<String> prompts) {
        this.base = base;
        this.adapter = adapter;
        this.decoder = decoder;
        this.prompts = prompts;
        List<Example> sorted = held.stream()
                .filter(example -> example.trainedTokens() > 0)
                .sorted(Comparator.comparingInt(example -> -example.ids().length))
                .toList();
        for (int from = 0; from < sorted.size(); from += atOnce) {
            batches.add(sorted.subList(from, Math.min(sorted.size(), from + atOnce)));
        }
    }

    /** Measures, and answers the prompts. */
    History.Evaluated after(int step) {
        double nll = 0;
        double right = 0;
        long tokens = 0;
        for (List<Example> batch : batches) {
            double[] scores = scores(batch);
            for (int i = 0; i < scores.length; i += 2) {
                nll += scores[i];
                right += scores[i + 1];
            }
            tokens += batch.stream().mapToLong(Example::trainedTokens).sum();
        }
        return new History.Evaluated(step, nll / tokens, right / tokens, tokens, samples());
    }

    /** The examples filled up at the end to the longest: attention is causal, so nothing sees what is filled in. */
    private double[] scores(List<Example> batch) {
        int tokens = batch.get(0).ids().length - 1;
        long[] ids = new long[batch.size() * tokens];
        long[] labels = new long[ids.length];
        Arrays.fill(labels, NO_LABEL);
        for (int row = 0; row < batch.size(); row++) {
            Example example = batch.get(row);
            for (int i = 0; i + 1 < example.ids().length; i++) {
                ids[row * tokens + i] = example.ids()[i];
                labels[row * tokens + i] = example.trained()[i + 1] ? example.ids()[i + 1] : NO_LABEL;
            }
        }
        try (NDManager scope = base.manager().newSubManager()) {
            Shape shape = new Shape(batch.size(), tokens);
            return decoder.scores(
                            scope.create(ids, shape), scope.create(labels, shape), adapter.weights(), adapter.changes())
                    .toDoubleArray();
        }
    }

    private List<History.Sample> samples() {
        if (prompts.isEmpty()) {
            return List.of();
        }
        if (generator == null) {
            generator = new Generator(base, adapter);
        }
        List<String> answers = generator.answers(prompts, Sampling.greedy(MOST_SAMPLE_TOKENS));
        List<History.Sample> samples = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            samples.add(new History.Sample(prompts.get(i), answers.get(i)));
        }
        return samples;
    }

    @Override
    public void close() {
        if (generator != null) {
            generator.close();
        }
    }
}
