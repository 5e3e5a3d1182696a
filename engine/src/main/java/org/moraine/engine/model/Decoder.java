package org.moraine.engine.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.moraine.engine.torchscript.ScriptProgram;

/**
 * The compiled program of one model shape and one kind of adapter. Weights and trainable matrices are given with each
 * call, so that one decoder serves any number of adapters of its kind. Token ids are 64-bit, batch x tokens; a label
 * below zero means none; labels stand where their prediction is made, one before the token itself.
 */
public final class Decoder implements AutoCloseable {

    private static final int MOST_LOSS_ROWS = 128;
    private static final int LEAST_LOSS_ROWS = 16;

    /** Positions whose probabilities, in 32 bits, exist at one time. */
    public static final int LOSS_PIECE = 16;

    /** As many as 128 rows of 49,152 words have. */
    private static final int LOGITS = MOST_LOSS_ROWS * 49_152;

    private final ScriptProgram program;

    private Decoder(ScriptProgram program) {
        this.program = program;
    }

    /**
     * Positions whose logits exist at one time: fewer where the vocabulary is large, so that they take no more memory
     * than a small one's, and enough for the head's matrix to be worth reading.
     */
    public static int lossRows(ModelConfig config) {
        return Math.min(MOST_LOSS_ROWS, Math.max(LEAST_LOSS_ROWS, LOGITS / config.vocabularySize()));
    }

    /** Whether attention inside an example of this many tokens is computed in 32 bits, whatever all else is computed in. */
    public static boolean attendsIn32Bits(int tokens) {
        return tokens < AttentionText.LONG;
    }

    /**
     * Compiles a decoder.
     *
     * @param trained says what a call's trainable list holds
     * @param recomputed whether a step runs each layer again on the way back instead of keeping its inner values
     * @param spread which devices the weights, and what is trained of each layer, are on
     * @param device the first of them, where everything else is that calls take
     */
    public static Decoder compile(
            ModelConfig config, TrainedParts trained, boolean recomputed, LayerSpread spread, Device device) {
        String text = new DecoderText(config, trained, recomputed, spread).text();
        return new Decoder(ScriptProgram.of(DecoderText.CLASS, text, device));
    }

    /** A decoder of the base model alone. */
    public static Decoder plain(BaseModel base) {
        return plain(base, base.config());
    }

    /** A decoder of weights of another shape, on the base model's devices. */
    public static Decoder plain(BaseModel base, ModelConfig config) {
        return compile(
                config,
                TrainedParts.nothing(config),
                false,
                base.spread(),
                base.manager().getDevice());
    }

    /**
     * What one update depends on.
     *
     * @param number the update's number, from 1
     * @param labels labelled tokens of the whole batch
     * @param seed of the step's dropout, below zero for none
     */
    public record Update(int number, double learningRate, long labels, long seed, double clipNorm, double weightDecay) {

        /** Of the step's micro-batch of this number, from 0, where it is computed by itself. */
        Update of(int microBatch) {
            return new Update(number, learningRate, labels, seed < 0 ? seed : seed + microBatch, clipNorm, weightDecay);
        }

        private NDArray on(NDManager manager) {
            return manager.create(new double[] {number, learningRate, labels, seed, clipNorm, weightDecay});
        }
    }

    /**
     * The examples of one micro-batch in a row, without padding.
     *
     * @param ids tokens
     * @param labels as many
     * @param ends for each example where it ends in the row; none is empty
     */
    public record Row(NDArray ids, NDArray labels, NDArray ends) {

        /** Puts a row into native memory. */
        public static Row of(NDManager manager, long[] ids, long[] labels, long[] ends) {
            return new Row(manager.create(ids), manager.create(labels), manager.create(ends));
        }
    }

    /**
     * Runs one training step in one native call and updates {@code trainable}, {@code first} and {@code second} in
     * place.
     *
     * @param rows micro-batches; the first one's ids belong to the manager that is to own the result
     * @param first running means of the gradients, shaped as {@code trainable}
     * @param second running means of their squares
     * @return mean loss over the labels, the share of them that no other token was likelier than, and the gradients'
     *     norm before clipping; where loss or norm is not finite, nothing was updated
     */
    public NDArray step(
            List<Row> rows,
            List<NDArray> weights,
            List<NDArray> trainable,
            List<NDArray> first,
            List<NDArray> second,
            Update update) {
        NDArray scalars = update.on(rows.get(0).ids.getManager());
        return program.step("step", ids(rows), labels(rows), ends(rows), weights, trainable, first, second, scalars)
                .singletonOrThrow();
    }

    /** The mean loss and its gradients, in the order of {@code trainable}, without an update. */
    public NDList lossAndGradients(List<Row> rows, List<NDArray> weights, List<NDArray> trainable, Update update) {
        NDArray scalars = update.on(rows.get(0).ids.getManager());
        return program.step("loss_and_gradients", ids(rows), labels(rows), ends(rows), weights, trainable, scalars);
    }

    /**
     * What one micro-batch of a step that is divided over several devices comes to: the sum of its losses and the
     * number of its labels that no other token was likelier than, not yet divided by the labels, and all gradients in
     * one row, in the order of {@code trainable}.
     *
     * @param microBatch its number in the step, from 0
     */
    public NDList part(Row row, List<NDArray> weights, List<NDArray> trainable, Update update, int microBatch) {
        NDArray scalars = update.of(microBatch).on(row.ids.getManager());
        return program.step(
                "part", List.of(row.ids), List.of(row.labels), List.of(row.ends), weights, trainable, scalars);
    }

    /**
     * The update of a step from the sums of its parts; as {@link #step} otherwise.
     *
     * @param loss sum of the parts', with the numbers of labels
     * @param gradients sum of the parts', which is overwritten
     */
    public NDArray update(
            NDArray loss,
            NDArray gradients,
            List<NDArray> trainable,
            List<NDArray> first,
            List<NDArray> second,
            Update update) {
        NDArray scalars = update.on(loss.getManager());
        return program.step("update", loss, List.of(gradients), trainable, first, second, scalars)
                .singletonOrThrow();
    }

    /** What is trained in one row, for another device to {@link #take}; it belongs to the first one's manager. */
    public NDArray joined(List<NDArray> trainable) {
        return program.call("joined", trainable).singletonOrThrow();
    }

    /** Overwrites what is trained with what was {@link #joined}. */
    public void take(NDArray joined, List<NDArray> trainable) {
        program.call("take", joined, trainable).close();
    }

    private static List<NDArray> ids(List<Row> rows) {
        return rows.stream().map(Row::ids).toList();
    }

    private static List<NDArray> labels(List<Row> rows) {
        return rows.stream().map(Row::labels).toList();
    }

    private static List<NDArray> ends(List<Row> rows) {
        return rows.stream().map(Row::ends).toList();
    }

    /** Logits, batch x tokens x vocabulary, 32 bits. */
    public NDArray logits(NDArray ids, List<NDArray> weights, List<NDArray> trainable) {
        return program.call("logits", ids, weights, filled(ids, trainable)).singletonOrThrow();
    }

    /**
     * How well the labels are predicted: their negative log-likelihood in nats, summed, and how many of them were the
     * likeliest token; 64 bits. Logits exist for a few positions at a time.
     */
    public NDArray scores(Row row, List<NDArray> weights, List<NDArray> trainable) {
        return program.call("scores", row.ids, row.labels, row.ends, weights, filled(row.ids, trainable))
                .singletonOrThrow();
    }

    /**
     * Continues prompts, all in one native call.
     *
     * @param weights with {@link BaseModel#forGeneration} behind them
     * @param ids of all prompts in a row
     * @param ends for each prompt where it ends in the row; none is empty
     * @param temperature zero chooses the likeliest token
     * @param topP the smallest set of likeliest tokens whose probability reaches it is sampled from
     * @param stops ids after which nothing more is generated for a prompt
     * @return prompts x steps: the new ids, the stopping one included, then -1
     */
    public NDArray generate(
            NDArray ids,
            NDArray ends,
            List<NDArray> weights,
            List<NDArray> trainable,
            int mostTokens,
            double temperature,
            double topP,
            long seed,
            long[] stops) {
        NDManager manager = ids.getManager();
        NDArray scalars = manager.create(new double[] {mostTokens, temperature, topP, seed});
        NDArray stopping = manager.create(stops.length == 0 ? new long[] {-1} : stops);
        return program.call("generate", ids, ends, weights, filled(ids, trainable), scalars, stopping)
                .singletonOrThrow();
    }

    /** A list argument may not be empty; a decoder without an adapter never looks at its trainable list. */
    private static List<NDArray> filled(NDArray ids, List<NDArray> trainable) {
        return trainable.isEmpty() ? List.of(ids.getManager().zeros(new Shape(1), DataType.FLOAT32)) : trainable;
    }

    @Override
    public void close() {
        program.close();
    }
}
