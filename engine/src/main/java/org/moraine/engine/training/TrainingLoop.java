package org.moraine.engine.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.EvaluationSettings.Keep;
import org.moraine.contracts.Refused;
import org.moraine.contracts.SkipLimit;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.CheckpointFolder;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.checkpoint.RunInputs;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.MicroBatch;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;

/**
 * Trains an adapter on examples. One step is one native call; the adapter's matrices are updated in place, so that it
 * can be written or used for generation after any step.
 *
 * <p>What a step computes follows from the matrices, the optimizer's means and the step's number alone: order of the
 * data and dropout are drawn anew from the seed and that number. A training taken up from a checkpoint therefore makes,
 * on the same kind of CPU with as many cores, the bits that it would have made without a stop.
 */
public final class TrainingLoop {

    private static final int PACE_STEPS = 20;

    private final BaseModel base;
    private final Adapter adapter;
    private final List<Example> examples;
    private final List<Example> held;
    private final TrainingSettings undivided;
    private TrainingSettings settings;
    private int devices = 1;
    private final Batches<Example> batches;
    private @Nullable CheckpointFolder folder;
    private @Nullable Checkpoint from;

    /**
     * Prepares a training; where the settings ask for it, a share of the examples is set apart to measure it by.
     *
     * @throws EngineException where no example has a trained token, or one is longer than the base model's limit
     * @throws Refused where the settings ask for an evaluation and there is nothing to evaluate on
     */
    public TrainingLoop(BaseModel base, Adapter adapter, List<Example> examples, TrainingSettings settings) {
        this(base, adapter, Holdout.of(examples, settings.evaluation().split(), settings.seed()), settings);
    }

    /**
     * Prepares a training that is measured on examples of their own.
     *
     * @param validation not learnt
     */
    public TrainingLoop(
            BaseModel base,
            Adapter adapter,
            List<Example> examples,
            List<Example> validation,
            TrainingSettings settings) {
        this(base, adapter, new Holdout<>(List.copyOf(examples), List.copyOf(validation)), settings);
    }

    private TrainingLoop(BaseModel base, Adapter adapter, Holdout<Example> holdout, TrainingSettings settings) {
        this.base = base;
        this.adapter = adapter;
        this.examples = holdout.learnt();
        this.held = holdout.held();
        this.undivided = AutoSettings.chosen(settings, adapter.settings(), base.config(), examples.size());
        this.settings = undivided;
        this.batches =
                new Batches<>(examples, example -> example.ids().length, this.settings.batchSize(), settings.seed());
        requireTrained(examples, "the training data");
        if (!held.isEmpty()) {
            requireTrained(held, "the validation data");
        } else if (!settings.evaluation().equals(EvaluationSettings.defaults())) {
            throw Refused.invalid(
                    "validation_split",
                    "evaluations need examples that are not learnt: a validation file, or a validation_split of the"
                            + " training data, which then has at least two examples");
        }
    }

    private void requireTrained(List<Example> some, String what) {
        if (some.stream().noneMatch(example -> example.trainedTokens() > 0)) {
            throw new EngineException(what + " has no trained token");
        }
        for (Example example : some) {
            base.config().requireFits("line " + example.line(), example.ids().length - 1);
        }
    }

    /** The settings, with a value for everything that they left to rules. */
    public TrainingSettings settings() {
        return settings;
    }

    /** Updates that the whole training makes. */
    public int totalSteps() {
        Integer steps = settings.steps();
        return steps != null ? steps : Math.multiplyExact(settings.epochs(), batches.perEpoch());
    }

    /**
     * Divides each step's micro-batches over several devices: the GPUs of this machine or, where it has none, the CPU
     * several times. A micro-batch then is no larger than lets each of them have one. Called before {@link #from}.
     *
     * @throws Refused naming {@code devices} where there are fewer, as many examples do not stand in a batch, or the
     *     base model's layers are spread over several devices
     */
    public TrainingLoop onDevices(int count) {
        settings = DividedStep.settings(undivided, count);
        base.requireCopies(count);
        devices = count;
        return this;
    }

    /** Where checkpoints are written when the listener wants one; without it, it is not asked. */
    public TrainingLoop checkpointsIn(CheckpointFolder checkpoints) {
        this.folder = checkpoints;
        return this;
    }

    /**
     * Goes on from a checkpoint instead of beginning. The base model must have been loaded in the type that the
     * checkpoint's inputs name. Where the batches were divided over another number of devices, micro-batches stay as they
     * were, and as many devices are used as have one.
     *
     * @throws Refused code {@link Checkpoint#OTHER_TRAINING}, naming what is not as it was
     */
    public TrainingLoop from(Checkpoint checkpoint) {
        TrainingSettings before = checkpoint.inputs().training();
        for (int count = 1; count <= undivided.batchSize(); count++) {
            if (DividedStep.settings(undivided, count).equals(before)) {
                settings = before;
                int size = atOnce(settings.batchSize());
                devices = Math.min(devices, (settings.batchSize() + size - 1) / size);
                break;
            }
        }
        checkpoint.requireFits(inputs(checkpoint.inputs().recomputed()));
        this.from = checkpoint;
        return this;
    }

    private RunInputs inputs(boolean recomputed) {
        return new RunInputs(
                base.digest(),
                Example.digest(examples),
                held.isEmpty() ? null : Example.digest(held),
                adapter.startedFrom(),
                adapter.settings(),
                settings,
                base.dtype(),
                recomputed);
    }

    /**
     * Runs to the last step, or until the listener ends it. A step whose loss or gradients are not finite makes no
     * update.
     *
     * @throws EngineException where more such steps come than the settings' {@link SkipLimit} allows, or nothing else;
     *     the adapter then holds the last good update
     */
    public TrainingResult run(TrainingListener listener) {
        int total = totalSteps();
        long began = System.nanoTime();
        Pace pace = new Pace(PACE_STEPS);
        boolean recomputed = from == null ? recomputed() : from.inputs().recomputed();
        EvaluationSettings evaluations = settings.evaluation();
        try (TrainingState state = new TrainingState(base.manager(), adapter, evaluations.keep() == Keep.BEST, from);
                Decoder decoder = adapter.decoder(recomputed);
                DividedStep divided =
                        devices == 1 ? null : new DividedStep(base, adapter, decoder, recomputed, devices);
                Evaluation evaluation = new Evaluation(
                        base,
                        adapter,
                        decoder,
                        divided,
                        held,
                        atOnce(settings.batchSize()),
                        evaluations.samplePrompts())) {
            Checkpoints checkpoints = new Checkpoints(state, listener, recomputed);
            while (!isOver(state, total) && listener.goOn()) {
                step(state, divided == null ? undivided(decoder) : divided::update, pace, total, listener);
                if (isMeasured(state.point().step(), total)) {
                    History.Evaluated evaluated = evaluation.after(state.point().step());
                    state.evaluated(evaluated);
                    listener.evaluated(evaluated);
                }
                checkpoints.ask(false);
            }
            boolean finished = isOver(state, total);
            if (!finished) {
                checkpoints.ask(true);
            } else if (state.point().updates() == 0) {
                throw failure(state, "no step made an update");
            } else {
                state.takeBest();
            }
            return new TrainingResult(
                    state.point().step(),
                    state.point().trainedTokens(),
                    (System.nanoTime() - began) / 1e9,
                    finished,
                    state.history());
        }
    }

    private boolean isOver(TrainingState state, int total) {
        Integer patience = settings.evaluation().patience();
        return state.point().step() == total || (patience != null && state.sinceBest() >= patience);
    }

    private boolean isMeasured(int step, int total) {
        int every = Objects.requireNonNullElse(settings.evaluation().every(), batches.perEpoch());
        return !held.isEmpty() && (step == total || step % every == 0);
    }

    private int atOnce(int examples) {
        return Math.min(Objects.requireNonNullElse(settings.microBatch(), examples), examples);
    }

    /** Writes a checkpoint where there is a folder for it and the listener wants one. */
    private final class Checkpoints {

        private final TrainingState state;
        private final TrainingListener listener;
        private final boolean recomputed;
        private @Nullable RunInputs inputs;
        private int written;

        private Checkpoints(TrainingState state, TrainingListener listener, boolean recomputed) {
            this.state = state;
            this.listener = listener;
            this.recomputed = recomputed;
            this.written = state.point().step();
        }

        private void ask(boolean ending) {
            int step = state.point().step();
            if (folder != null && step > written && listener.wantsCheckpoint(step, ending)) {
                inputs = inputs == null ? inputs(recomputed) : inputs;
                Checkpoint checkpoint = state.save(folder, inputs);
                written = step;
                listener.checkpointed(checkpoint);
            }
        }
    }

    /** One update from a step's micro-batches; the result, as {@link Decoder#step} gives it, belongs to the scope. */
    private interface OneUpdate {
        NDArray make(NDManager scope, List<MicroBatch> batches, TrainingState state, Decoder.Update update);
    }

    private OneUpdate undivided(Decoder decoder) {
        return (scope, batches, state, update) -> {
            List<Decoder.Row> rows = batches.stream()
                    .map(batch -> Decoder.Row.of(scope, batch.ids(), batch.labels(), batch.ends()))
                    .toList();
            return decoder.step(rows, adapter.weights(), adapter.matrices(), state.first(), state.second(), update);
        };
    }

    private void step(TrainingState state, OneUpdate one, Pace pace, int total, TrainingListener listener) {
        long start = System.nanoTime();
        int step = state.point().step();
        List<Example> batch = batches.at(step);
        long labels = batch.stream().mapToLong(Example::trainedTokens).sum();
        long tokens = batch.stream().mapToLong(e -> e.ids().length).sum();
        double rate = settings.schedule().at(step, total, settings.learningRate());
        float[] made = labels == 0 ? new float[3] : update(state, one, batch, updateOf(state, rate, labels));
        double seconds = (System.nanoTime() - start) / 1e9;
        pace.add(tokens, seconds);
        float loss = made[0];
        float norm = made[2];
        if (!Float.isFinite(loss) || !Float.isFinite(norm)) {
            History.Skipped skipped = new History.Skipped(step + 1, loss, norm);
            state.skipped(skipped);
            listener.skipped(skipped);
            requireFewSkips(state);
            return;
        }
        StepReport report = new StepReport(
                step + 1,
                total,
                loss,
                made[1],
                norm,
                rate,
                tokens,
                state.point().trainedTokens() + labels,
                seconds,
                pace.tokensPerSecond(),
                pace.secondsPerStep() * (total - step - 1));
        state.stepped(report.made(), labels);
        listener.stepped(report);
    }

    private void requireFewSkips(TrainingState state) {
        SkipLimit limit = settings.skips();
        if (state.point().skippedInARow() > limit.inARow()) {
            throw failure(state, state.point().skippedInARow() + " steps in a row made no update");
        }
        if (state.skipped().size() > limit.inAll()) {
            throw failure(state, state.skipped().size() + " steps made no update");
        }
    }

    private static EngineException failure(TrainingState state, String reason) {
        if (state.skipped().isEmpty()) {
            return new EngineException(reason + ": no batch had a token to learn");
        }
        History.Skipped last = state.skipped().get(state.skipped().size() - 1);
        return new EngineException("step " + last.step() + ": the loss is " + last.loss() + " and the gradients' norm "
                + last.gradientNorm() + "; " + reason + "; a lower learning rate or a look at the data may help");
    }

    private Decoder.Update updateOf(TrainingState state, double rate, long labels) {
        boolean dropout = adapter.settings().dropout() > 0;
        // Micro-batches count up from the step's seed, and a step has fewer than 4096 of them; a seed of the user's
        // below zero is one like any other, while the program takes one below zero for no dropout.
        long mixed =
                (Math.floorMod(settings.seed(), 1L << 20) << 20) + state.point().step();
        long seed = dropout ? Math.floorMod(mixed << 12, 1L << 50) : -1;
        return new Decoder.Update(
                state.point().updates() + 1, rate, labels, seed, settings.clipNorm(), settings.weightDecay());
    }

    private float[] update(TrainingState state, OneUpdate one, List<Example> batch, Decoder.Update update) {
        int size = atOnce(batch.size());
        List<MicroBatch> micros = new ArrayList<>();
        for (int from = 0; from < batch.size(); from += size) {
            micros.add(MicroBatch.of(batch.subList(from, Math.min(batch.size(), from + size))));
        }
        try (NDManager scope = state.manager().newSubManager()) {
            return one.make(scope, micros, state, update).toFloatArray();
        }
    }

    private boolean recomputed() {
        if (settings.layers() != Layers.AUTO) {
            return settings.layers() == Layers.RECOMPUTED;
        }
        return TrainingEstimate.needsRecomputing(
                base.config(),
                adapter.settings(),
                settings,
                examples,
                base.dtype(),
                new TrainingEstimate.Devices(devices, base.spread().devices()));
    }
}
