package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Schedule;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.SmallModels;

class TrainingLoopTest {

    private static final double DROPOUT = 0.3;

    /** What a training leaves: the loss and accuracy of each step and the trained matrices. */
    private record Outcome(List<Double> losses, List<Double> accuracies, float[][] matrices) {}

    @ParameterizedTest
    @EnumSource(Method.class)
    void everyMethodLearnsByHeart(Method method) {
        AdapterSettings settings = new AdapterSettings(method, 1, 4, 8, 0, EnumSet.allOf(Projection.class));
        Path pebble = Path.of(System.getProperty("moraine.models"), "pebble");
        try (BaseModel base = BaseModel.load(ModelFolder.open(pebble), Precision.FP32);
                Adapter adapter = Adapter.create(base, settings, 1)) {

            Outcome outcome = train(base, adapter, settings(30, 5, null, Layers.KEPT, 0.005));

            assertThat(outcome.losses.get(0)).isGreaterThan(5);
            assertThat(outcome.losses.get(29)).isLessThan(1);
            assertThat(outcome.accuracies.get(0)).isLessThan(0.5);
            assertThat(outcome.accuracies.get(29)).isBetween(0.6, 1.0);
        }
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        TrainingSettings settings = settings(6, 3, null, Layers.KEPT, 0.01);

        assertThat(train(withDropout(), settings).matrices).isDeepEqualTo(train(withDropout(), settings).matrices);
    }

    @Test
    void recomputedLayersDropTheSameInputsAsKeptOnes() {
        Outcome kept = train(withDropout(), settings(6, 4, null, Layers.KEPT, 0.01));

        Outcome recomputed = train(withDropout(), settings(6, 4, null, Layers.RECOMPUTED, 0.01));

        for (int i = 0; i < 6; i++) {
            assertThat(recomputed.losses.get(i)).isCloseTo(kept.losses.get(i), Offset.offset(1e-5));
        }
    }

    @Test
    void dropoutChangesWhatIsLearnt() {
        TrainingSettings settings = settings(3, 4, null, Layers.KEPT, 0.01);

        assertThat(train(withDropout(), settings).losses)
                .isNotEqualTo(train(AdapterSettings.mora(1, 4), settings).losses);
    }

    @Test
    void aSeedBelowZeroDropsInputsToo() {
        TrainingSettings some = settings(3, 4, null, Layers.KEPT, 0.01);
        TrainingSettings negative =
                new TrainingSettings(1, 3, 4, null, 64, 0.01, some.schedule(), 0, 1, -7, Precision.FP32, Layers.KEPT);
        AdapterSettings without = AdapterSettings.lora(3, 6);

        assertThat(train(withDropout(), negative).losses).isNotEqualTo(train(without, negative).losses);
    }

    @Test
    void microBatchesOfUnlikeSizeMakeTheSameStep() {
        Outcome whole = train(AdapterSettings.mora(6, 4), settings(5, 5, null, Layers.KEPT, 0.01));

        Outcome inParts = train(AdapterSettings.mora(6, 4), settings(5, 5, 2, Layers.KEPT, 0.01));

        for (int i = 0; i < 5; i++) {
            assertThat(inParts.losses.get(i)).isCloseTo(whole.losses.get(i), Offset.offset(1e-5));
        }
    }

    @Test
    void theListenerEndsTheTraining() {
        List<StepReport> reports = new ArrayList<>();
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, AdapterSettings.mora(1, 2), 1)) {
            TrainingLoop loop = new TrainingLoop(base, adapter, examples(), settings(50, 4, null, Layers.KEPT, 0.01));

            TrainingResult result = loop.run(new TrainingListener() {
                @Override
                public void stepped(StepReport report) {
                    reports.add(report);
                }

                @Override
                public boolean goOn() {
                    return reports.size() < 3;
                }
            });

            assertThat(result.finished()).isFalse();
            assertThat(result.steps()).isEqualTo(3);
            assertThat(reports).extracting(StepReport::step).containsExactly(1, 2, 3);
        }
    }

    @Test
    void numbersThatStayNotFiniteEndTheTrainingWithTheStep() {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, AdapterSettings.mora(1, 2), 1)) {
            NDArray first = adapter.matrices().get(0);
            first.set(filled((int) first.size(), Float.NaN));
            List<Integer> skipped = new ArrayList<>();

            assertThatThrownBy(
                            () -> new TrainingLoop(base, adapter, examples(), settings(50, 4, null, Layers.KEPT, 0.01))
                                    .run(saying(skipped)))
                    .isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("step 6: the loss is ")
                    .hasMessageContaining("norm NaN; 6 steps in a row made no update");
            assertThat(skipped).containsExactly(1, 2, 3, 4, 5, 6);
        }
    }

    @Test
    void aTrainingThatMadeNoUpdateFails() {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, AdapterSettings.mora(1, 2), 1)) {
            NDArray first = adapter.matrices().get(0);
            first.set(filled((int) first.size(), Float.NaN));

            assertThatThrownBy(() -> train(base, adapter, settings(3, 4, null, Layers.KEPT, 0.01)))
                    .isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("step 3: ")
                    .hasMessageContaining("no step made an update");
        }
    }

    @Test
    void anExampleLongerThanTheModelTakesIsRefusedByItsLine() {
        int[] ids = new int[66];
        boolean[] trained = new boolean[66];
        trained[65] = true;
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, AdapterSettings.mora(1, 2), 1)) {
            List<Example> examples = List.of(new Example(7, ids, trained));

            assertThatThrownBy(() -> new TrainingLoop(base, adapter, examples, TrainingSettings.defaults()))
                    .isInstanceOf(EngineException.class)
                    .hasMessage("line 7 has 65 tokens; the base model takes 64");
        }
    }

    @Test
    void aStepThatIsNotFiniteChangesNothing() {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, AdapterSettings.mora(1, 2), 1)) {
            List<Integer> skipped = new ArrayList<>();
            NDArray weight = base.weights().get(1);
            float[] good = weight.toFloatArray();
            float[][] before =
                    adapter.matrices().stream().map(NDArray::toFloatArray).toArray(float[][]::new);
            List<float[][]> after = new ArrayList<>();

            TrainingResult result = new TrainingLoop(base, adapter, examples(), settings(6, 4, null, Layers.KEPT, 0.01))
                    .run(new TrainingListener() {
                        @Override
                        public boolean goOn() {
                            // The first two steps see a base model that is broken.
                            weight.set(skipped.size() < 2 ? filled(good.length, Float.NaN) : good);
                            return true;
                        }

                        @Override
                        public void stepped(StepReport report) {}

                        @Override
                        public void skipped(History.Skipped step) {
                            skipped.add(step.step());
                            after.add(adapter.matrices().stream()
                                    .map(NDArray::toFloatArray)
                                    .toArray(float[][]::new));
                        }
                    });

            assertThat(skipped).containsExactly(1, 2);
            assertThat(after).allSatisfy(matrices -> assertThat(matrices).isDeepEqualTo(before));
            assertThat(result.finished()).isTrue();
            assertThat(result.history().steps()).extracting(History.Step::step).containsExactly(3, 4, 5, 6);
            assertThat(result.history().skipped()).hasSize(2);
        }
    }

    private static TrainingListener saying(List<Integer> skipped) {
        return new TrainingListener() {
            @Override
            public void stepped(StepReport report) {}

            @Override
            public void skipped(History.Skipped step) {
                skipped.add(step.step());
            }
        };
    }

    @Test
    void dataWithoutATrainedTokenIsRefused() {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, AdapterSettings.mora(1, 2), 1)) {
            List<Example> nothing = List.of(new Example(1, new int[] {1, 2, 3}, new boolean[3]));

            assertThatThrownBy(() -> new TrainingLoop(base, adapter, nothing, TrainingSettings.defaults()))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("no trained token");
        }
    }

    private static AdapterSettings withDropout() {
        return new AdapterSettings(Method.LORA, 1, 3, 6, DROPOUT, EnumSet.allOf(Projection.class));
    }

    private static TrainingSettings settings(
            int steps, int batchSize, @Nullable Integer microBatch, Layers layers, double rate) {
        Schedule schedule = new Schedule(Schedule.Decay.CONSTANT, 0);
        return new TrainingSettings(
                1, steps, batchSize, microBatch, 64, rate, schedule, 0, 1, 7, Precision.FP32, layers);
    }

    private static Outcome train(AdapterSettings settings, TrainingSettings training) {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, settings, training.seed())) {
            return train(base, adapter, training);
        }
    }

    private static Outcome train(BaseModel base, Adapter adapter, TrainingSettings training) {
        List<Double> losses = new ArrayList<>();
        List<Double> accuracies = new ArrayList<>();
        new TrainingLoop(base, adapter, examples(), training).run(report -> {
            losses.add(report.loss());
            accuracies.add(report.accuracy());
        });
        return new Outcome(
                losses,
                accuracies,
                adapter.matrices().stream().map(NDArray::toFloatArray).toArray(float[][]::new));
    }

    private static float[] filled(int size, float value) {
        float[] values = new float[size];
        Arrays.fill(values, value);
        return values;
    }

    private static List<Example> examples() {
        SplittableRandom random = new SplittableRandom(9);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int[] ids = random.ints(6 + i, 0, 37).toArray();
            boolean[] trained = new boolean[ids.length];
            Arrays.fill(trained, 3, ids.length, true);
            examples.add(new Example(i + 1, ids, trained));
        }
        return examples;
    }
}
