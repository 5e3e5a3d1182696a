package org.moraine.engine.training;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Schedule;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.contracts.Variation;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.CheckpointFolder;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.SmallModels;

/** Trainings of a model of a few thousand weights on five examples, with micro-batches, and dropout where there is an adapter. */
final class SmallTraining {

    private SmallTraining() {}

    static AdapterSettings adapter(Method method) {
        double dropout = method == Method.FULL ? 0 : 0.3;
        return new AdapterSettings(method, 6, 3, 6, dropout, EnumSet.allOf(Projection.class));
    }

    /** MoRA, or LoRA, beside an embedding, norms and a projection that are trained whole. */
    static AdapterSettings besideWholeModules(Method method) {
        AdapterSettings adapter = adapter(method);
        return new AdapterSettings(
                method,
                adapter.moraType(),
                adapter.rank(),
                adapter.alpha(),
                adapter.dropout(),
                adapter.targets(),
                new Variation(false, null, null, List.of("embed_tokens", "norm", "1.mlp.down_proj")));
    }

    static TrainingSettings settings(int steps) {
        return settings(steps, 0.01, 7);
    }

    static TrainingSettings settings(int steps, double rate, long seed) {
        return settings(steps, rate, seed, Layers.KEPT);
    }

    static TrainingSettings settings(int steps, double rate, long seed, Layers layers) {
        Schedule schedule = new Schedule(Schedule.Decay.COSINE, 0.3);
        return new TrainingSettings(1, steps, 4, 3, 64, rate, schedule, 0.1, 1, seed, Precision.FP32, layers);
    }

    static List<Example> examples() {
        return examples(37);
    }

    static List<Example> examples(int vocabulary) {
        SplittableRandom random = new SplittableRandom(9);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int[] ids = random.ints(6 + i, 0, vocabulary).toArray();
            boolean[] trained = new boolean[ids.length];
            Arrays.fill(trained, 3, ids.length, true);
            examples.add(new Example(i + 1, ids, trained));
        }
        return examples;
    }

    /** What a training leaves. */
    record Outcome(float[][] matrices, TrainingResult result) {}

    /** Runs from a checkpoint, or from the beginning, and leaves checkpoints after the steps that are wanted. */
    static Outcome run(
            Method method,
            TrainingSettings settings,
            @Nullable CheckpointFolder folder,
            @Nullable Checkpoint from,
            IntPredicate wanted) {
        return run(adapter(method), settings, examples(), null, folder, from, wanted);
    }

    /** The same on given examples, measured on others where there are some. */
    static Outcome run(
            AdapterSettings method,
            TrainingSettings settings,
            List<Example> examples,
            @Nullable List<Example> validation,
            @Nullable CheckpointFolder folder,
            @Nullable Checkpoint from,
            IntPredicate wanted) {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, method, settings.seed())) {
            TrainingLoop loop = validation == null
                    ? new TrainingLoop(base, adapter, examples, settings)
                    : new TrainingLoop(base, adapter, examples, validation, settings);
            return run(loop, adapter, folder, from, wanted);
        }
    }

    /** Runs a loop that is made already. */
    static Outcome run(
            TrainingLoop loop,
            Adapter adapter,
            @Nullable CheckpointFolder folder,
            @Nullable Checkpoint from,
            IntPredicate wanted) {
        if (folder != null) {
            loop.checkpointsIn(folder);
        }
        if (from != null) {
            loop.from(from);
        }
        TrainingResult result = loop.run(new TrainingListener() {
            @Override
            public void stepped(StepReport report) {}

            @Override
            public boolean wantsCheckpoint(int step, boolean ending) {
                return wanted.test(step);
            }
        });
        return new Outcome(
                adapter.matrices().stream().map(NDArray::toFloatArray).toArray(float[][]::new), result);
    }

    static Outcome run(Method method, TrainingSettings settings) {
        return run(method, settings, null, null, step -> false);
    }

    static Checkpoint newest(Path folder) {
        return new CheckpointFolder(folder, 1)
                .newest(damaged -> {
                    throw new AssertionError(damaged);
                })
                .orElseThrow();
    }
}
