package org.moraine.engine.training;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.MicroBatch;
import org.moraine.engine.generation.Generator;
import org.moraine.engine.generation.Sampling;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;

/**
 * Measures the adapter as it is, without dropout, on examples that it does not learn. It changes nothing of the
 * training: the next step makes the same bits with and without it.
 */
final class Evaluation implements AutoCloseable {

    private static final int MOST_SAMPLE_TOKENS = 128;

    private final BaseModel base;
    private final Adapter adapter;
    private final Decoder decoder;
    private final @Nullable DividedStep divided;
    private final List<List<Example>> batches = new ArrayList<>();
    private final List<String> prompts;
    private @Nullable Generator generator;

    /**
     * Prepares it.
     *
     * @param divided the devices that examples are divided over, null for the base model's own; prompts are answered there
     * @param atOnce examples that pass the model together
     */
    Evaluation(
            BaseModel base,
            Adapter adapter,
            Decoder decoder,
            @Nullable DividedStep divided,
            List<Example> held,
            int atOnce,
            List<String> prompts) {
        this.divided = divided;
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
        List<double[]> scores =
                divided == null ? batches.stream().map(this::scores).toList() : divided.scores(batches);
        for (int i = 0; i < batches.size(); i++) {
            nll += scores.get(i)[0];
            right += scores.get(i)[1];
            tokens += batches.get(i).stream().mapToLong(Example::trainedTokens).sum();
        }
        return new History.Evaluated(step, nll / tokens, right / tokens, tokens, samples());
    }

    private double[] scores(List<Example> batch) {
        return scores(base, adapter, decoder, MicroBatch.of(batch));
    }

    /** A micro-batch's scores, as {@link Decoder#scores} gives them. */
    static double[] scores(BaseModel base, Adapter adapter, Decoder decoder, MicroBatch batch) {
        try (NDManager scope = base.manager().newSubManager()) {
            return decoder.scores(
                            Decoder.Row.of(scope, batch.ids(), batch.labels(), batch.ends()),
                            adapter.weights(),
                            adapter.matrices())
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
