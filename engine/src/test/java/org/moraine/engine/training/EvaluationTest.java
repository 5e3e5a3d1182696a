package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.EvaluationSettings.Keep;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.SkipLimit;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.CheckpointFolder;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.SmallModels;

class EvaluationTest {

    @TempDir
    Path folder;

    @Test
    void lossAndAccuracyAreThoseOfTheLogits() {
        List<Example> held = SmallTraining.examples();
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, SmallTraining.adapter(Method.LORA), 7);
                Decoder decoder = adapter.decoder(true);
                Evaluation evaluation = new Evaluation(base, adapter, decoder, null, held, 2, List.of())) {

            History.Evaluated evaluated = evaluation.after(3);

            double nll = 0;
            int right = 0;
            int tokens = 0;
            for (Example example : held) {
                for (int i = 0; i + 1 < example.ids().length; i++) {
                    if (example.trained()[i + 1]) {
                        float[] logits = logits(base, adapter, decoder, example, i);
                        int label = example.ids()[i + 1];
                        double sum = IntStream.range(0, logits.length)
                                .mapToDouble(k -> Math.exp(logits[k]))
                                .sum();
                        nll += Math.log(sum) - logits[label];
                        right += IntStream.range(0, logits.length).allMatch(k -> logits[k] <= logits[label]) ? 1 : 0;
                        tokens++;
                    }
                }
            }
            assertThat(evaluated.tokens()).isEqualTo(tokens);
            assertThat(evaluated.loss()).isCloseTo(nll / tokens, within(1e-5));
            assertThat(evaluated.accuracy()).isEqualTo((double) right / tokens);
        }
    }

    private static float[] logits(BaseModel base, Adapter adapter, Decoder decoder, Example example, int position) {
        long[] ids = IntStream.of(example.ids()).asLongStream().toArray();
        try (NDManager scope = base.manager().newSubManager()) {
            NDArray given = scope.create(ids, new Shape(1, ids.length));
            return decoder.logits(given, base.weights(), adapter.matrices())
                    .get(0)
                    .get(position)
                    .toFloatArray();
        }
    }

    @Test
    void theSameSeedSetsTheSameExamplesApart() {
        List<Example> examples = SmallTraining.examples();

        Holdout holdout = Holdout.of(examples, 0.4, 5);

        assertThat(holdout.held()).hasSize(2);
        assertThat(holdout.learnt()).hasSize(3).doesNotContainAnyElementsOf(holdout.held());
        assertThat(Holdout.of(examples, 0.4, 5)).isEqualTo(holdout);
        assertThat(IntStream.range(0, 20).mapToObj(seed -> Holdout.of(examples, 0.4, seed)))
                .anyMatch(other -> !other.equals(holdout));
        assertThat(Holdout.of(examples, 0.001, 5).held()).hasSize(1);
        assertThat(Holdout.of(examples, 0.999, 5).learnt()).hasSize(1);
        assertThat(Holdout.of(examples, 0, 5).held()).isEmpty();
    }

    @Test
    void evaluationsComeAfterEveryEpochAndAtTheEnd() {
        assertThat(evaluatedSteps(new EvaluationSettings(0.2, null, Keep.LAST, null, List.of()), 4))
                .containsExactly(1, 2, 3, 4);
        assertThat(evaluatedSteps(new EvaluationSettings(0.2, 3, Keep.LAST, null, List.of()), 8))
                .containsExactly(3, 6, 8);
    }

    private static List<Integer> evaluatedSteps(EvaluationSettings settings, int steps) {
        return run(Method.MORA, with(SmallTraining.settings(steps), settings), null, null)
                .result()
                .history()
                .evaluations()
                .stream()
                .map(History.Evaluated::step)
                .toList();
    }

    @Test
    void evaluationsChangeNothingOfTheTraining() {
        List<Example> examples = SmallTraining.examples();
        TrainingSettings measured =
                with(SmallTraining.settings(6), new EvaluationSettings(0, 1, Keep.LAST, null, List.of()));

        assertThat(run(Method.LORA, measured, examples, examples, null, null).matrices())
                .isDeepEqualTo(SmallTraining.run(Method.LORA, SmallTraining.settings(6))
                        .matrices());
    }

    /** Learning by heart what is not in the validation data: its loss rises soon. */
    @Test
    void theBestIsKeptAndPatienceEndsTheTraining() {
        TrainingSettings last =
                with(SmallTraining.settings(60, 0.05, 7), new EvaluationSettings(0.4, 2, Keep.LAST, null, List.of()));
        TrainingSettings best =
                with(SmallTraining.settings(60, 0.05, 7), new EvaluationSettings(0.4, 2, Keep.BEST, 3, List.of()));

        SmallTraining.Outcome whole = run(Method.MORA, last, null, null);
        SmallTraining.Outcome stopped = run(Method.MORA, best, null, null);

        History history = stopped.result().history();
        History.Evaluated lowest = history.best().orElseThrow();
        assertThat(stopped.result().finished()).isTrue();
        assertThat(stopped.result().steps()).isEqualTo(lowest.step() + 6).isLessThan(60);
        assertThat(whole.result().history().evaluations())
                .startsWith(history.evaluations().toArray(History.Evaluated[]::new));
        TrainingSettings untilBest =
                with(SmallTraining.settings(60, 0.05, 7), new EvaluationSettings(0.4, 2, Keep.LAST, null, List.of()));
        assertThat(stoppedAfter(lowest.step(), untilBest)).isDeepEqualTo(stopped.matrices());
    }

    private static float[][] stoppedAfter(int steps, TrainingSettings settings) {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, SmallTraining.adapter(Method.MORA), settings.seed())) {
            List<Integer> made = new ArrayList<>();
            new TrainingLoop(base, adapter, SmallTraining.examples(), settings).run(new TrainingListener() {
                @Override
                public void stepped(StepReport report) {
                    made.add(report.step());
                }

                @Override
                public boolean goOn() {
                    return made.size() < steps;
                }
            });
            return adapter.matrices().stream().map(NDArray::toFloatArray).toArray(float[][]::new);
        }
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void aMeasuredRunResumedAfterAnyStepKeepsTheSameBest(Method method) {
        TrainingSettings settings =
                with(SmallTraining.settings(9, 0.05, 7), new EvaluationSettings(0.4, 2, Keep.BEST, 2, List.of()));
        SmallTraining.Outcome whole = run(method, settings, new CheckpointFolder(folder, 9), null);

        for (int step = 1; step <= whole.result().steps(); step++) {
            Checkpoint checkpoint = Checkpoint.open(folder.resolve("step-" + step));
            SmallTraining.Outcome resumed = run(method, settings, null, checkpoint);
            assertThat(resumed.matrices()).as("resumed after step " + step).isDeepEqualTo(whole.matrices());
            assertThat(resumed.result().history().evaluations())
                    .isEqualTo(whole.result().history().evaluations());
        }
    }

    @Test
    void promptsAreAnsweredAtEachEvaluation() {
        ModelFolder pebble = ModelFolder.open(Path.of(System.getProperty("moraine.models"), "pebble"));
        TrainingSettings settings =
                with(SmallTraining.settings(2), new EvaluationSettings(0, 1, Keep.LAST, null, List.of("Who are you?")));
        try (BaseModel base = BaseModel.load(pebble, TrainingSettings.Precision.FP32);
                Adapter adapter = Adapter.create(base, SmallTraining.adapter(Method.MORA), 7)) {
            List<History.Evaluated> heard = new ArrayList<>();

            TrainingResult result = new TrainingLoop(
                            base, adapter, SmallTraining.examples(), SmallTraining.examples(), settings)
                    .run(new TrainingListener() {
                        @Override
                        public void stepped(StepReport report) {}

                        @Override
                        public void evaluated(History.Evaluated evaluated) {
                            heard.add(evaluated);
                        }
                    });

            assertThat(heard).hasSize(2).isEqualTo(result.history().evaluations());
            assertThat(heard.get(0).samples()).singleElement().satisfies(sample -> {
                assertThat(sample.prompt()).isEqualTo("Who are you?");
                assertThat(sample.text()).isNotBlank();
            });
        }
    }

    @Test
    void whatNeedsExamplesThatAreNotLearntIsRefusedWithoutThem() {
        TrainingSettings settings =
                with(SmallTraining.settings(2), new EvaluationSettings(0, null, Keep.BEST, null, List.of()));

        assertThatThrownBy(() -> run(Method.MORA, settings, null, null))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("a validation file, or a validation_split");
    }

    private static SmallTraining.Outcome run(
            Method method,
            TrainingSettings settings,
            @Nullable CheckpointFolder checkpoints,
            @Nullable Checkpoint from) {
        return run(method, settings, SmallTraining.examples(), null, checkpoints, from);
    }

    private static SmallTraining.Outcome run(
            Method method,
            TrainingSettings settings,
            List<Example> examples,
            @Nullable List<Example> validation,
            @Nullable CheckpointFolder checkpoints,
            @Nullable Checkpoint from) {
        return SmallTraining.run(
                SmallTraining.adapter(method), settings, examples, validation, checkpoints, from, step -> true);
    }

    private static TrainingSettings with(TrainingSettings some, EvaluationSettings evaluation) {
        return new TrainingSettings(
                some.epochs(),
                some.steps(),
                some.batchSize(),
                some.microBatch(),
                some.maxTokens(),
                some.learningRate(),
                some.schedule(),
                some.weightDecay(),
                some.clipNorm(),
                some.seed(),
                some.precision(),
                some.layers(),
                some.quantise(),
                SkipLimit.defaults(),
                evaluation,
                Set.of());
    }
}
