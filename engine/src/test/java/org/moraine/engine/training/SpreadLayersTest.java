package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.CheckpointFolder;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.SmallModels;

/** The CPU taken several times, each time for some of the layers, computes the bits of one device. */
class SpreadLayersTest {

    private static final Path MODELS = Path.of("src/test/resources/models");

    @TempDir
    Path folder;

    private record Case(ModelFolder model, AdapterSettings settings, Layers layers) {
        @Override
        public String toString() {
            return model.name() + " " + settings.method() + " " + layers + " "
                    + settings.variation().modulesToSave();
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (ModelFolder model : List.of(SmallModels.awkward(), SmallModels.untied(), SmallModels.windowed())) {
            cases.add(new Case(model, SmallTraining.adapter(Method.MORA), Layers.KEPT));
            cases.add(new Case(model, SmallTraining.adapter(Method.LORA), Layers.RECOMPUTED));
            cases.add(new Case(model, SmallTraining.besideWholeModules(Method.LORA), Layers.RECOMPUTED));
            cases.add(new Case(model, SmallTraining.adapter(Method.FULL), Layers.KEPT));
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aTrainingMakesTheBitsOfOneDevice(Case given) {
        TrainingSettings settings = SmallTraining.settings(4, 0.01, 7, given.layers);

        Outcome one = train(given.model, given.settings, settings, 1, null, null);
        Outcome spread = train(given.model, given.settings, settings, 2, null, null);

        assertThat(spread.losses).isEqualTo(one.losses).hasSize(4).doesNotHaveDuplicates();
        assertThat(spread.matrices).isDeepEqualTo(one.matrices);
    }

    @Test
    void aCheckpointOfOneDeviceGoesOnOnThreeAndBack() {
        AdapterSettings settings = SmallTraining.adapter(Method.MORA);
        TrainingSettings training = SmallTraining.settings(6);
        Outcome one = train(SmallModels.awkward(), settings, training, 1, new CheckpointFolder(folder, 1), null);
        Checkpoint ofOne = SmallTraining.newest(folder);
        Outcome three = train(SmallModels.awkward(), settings, training, 3, new CheckpointFolder(folder, 1), ofOne);
        Outcome again = train(SmallModels.awkward(), settings, training, 1, null, SmallTraining.newest(folder));

        assertThat(ofOne.point().step()).isEqualTo(3);
        assertThat(three.matrices).isDeepEqualTo(one.matrices);
        assertThat(again.matrices).isDeepEqualTo(one.matrices);
    }

    @ParameterizedTest
    @EnumSource
    void logitsGradientsScoresAndWhatIsGeneratedAreThoseOfOneDevice(Quantisation quantisation) {
        for (String name : List.of("llama-biases", "qwen3")) {
            ModelFolder model = ModelFolder.open(MODELS.resolve(name));

            Map<String, float[]> one = computed(model, quantisation, 1);
            Map<String, float[]> spread = computed(model, quantisation, 2);

            assertThat(spread).containsOnlyKeys(one.keySet());
            one.forEach((what, values) -> assertThat(spread.get(what)).as(what).isEqualTo(values));
        }
    }

    private static Map<String, float[]> computed(ModelFolder model, Quantisation quantisation, int devices) {
        try (BaseModel base = BaseModel.load(model, Precision.FP32, quantisation, devices);
                Adapter adapter = Adapter.create(base, AdapterSettings.mora(6, 3), 3);
                Decoder decoder = adapter.decoder(true);
                NDManager scope = base.manager().newSubManager()) {
            assertThat(base.spread().devices()).isEqualTo(devices);
            Decoder.Row row = Decoder.Row.of(
                    scope, new long[] {5, 9, 20, 3, 11, 8}, new long[] {9, 20, -1, 11, 8, 2}, new long[] {2, 6});
            List<NDArray> generating = new ArrayList<>(base.weights());
            generating.addAll(base.forGeneration(scope));
            NDList gradients = decoder.lossAndGradients(
                    List.of(row), base.weights(), adapter.matrices(), new Decoder.Update(1, 0.01, 5, -1, 1, 0));
            return Map.of(
                    "gradients",
                    gradients.stream().map(NDArray::toFloatArray).reduce(new float[0], SpreadLayersTest::joined),
                    "logits",
                    decoder.logits(row.ids().reshape(2, 3), base.weights(), adapter.matrices())
                            .toFloatArray(),
                    "scores",
                    decoder.scores(row, base.weights(), adapter.matrices())
                            .toType(DataType.FLOAT32, false)
                            .toFloatArray(),
                    "generated",
                    decoder.generate(row.ids(), row.ends(), generating, adapter.matrices(), 5, 0.7, 0.9, 3, new long[0])
                            .toType(DataType.FLOAT32, false)
                            .toFloatArray());
        }
    }

    private static float[] joined(float[] a, float[] b) {
        float[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    @Test
    void moreDevicesThanLayersAreRefused() {
        assertThatThrownBy(() -> BaseModel.random(SmallModels.untied(), 1, 3).close())
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.problem().field()).isEqualTo("spread_layers"));
    }

    @Test
    void batchesAreNotDividedBesides() {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1, 2);
                Adapter adapter = Adapter.create(base, AdapterSettings.mora(1, 2), 1)) {
            TrainingLoop loop = new TrainingLoop(base, adapter, SmallTraining.examples(), SmallTraining.settings(2));

            assertThatThrownBy(() -> loop.onDevices(2))
                    .isInstanceOfSatisfying(
                            Refused.class, e -> assertThat(e.problem().field()).isEqualTo("devices"));
        }
    }

    private record Outcome(List<Double> losses, float[][] matrices) {}

    private static Outcome train(
            ModelFolder model,
            AdapterSettings method,
            TrainingSettings settings,
            int devices,
            @Nullable CheckpointFolder checkpoints,
            @Nullable Checkpoint from) {
        try (BaseModel base = BaseModel.random(model, 1, devices);
                Adapter adapter = Adapter.create(base, method, settings.seed())) {
            TrainingLoop loop = new TrainingLoop(
                    base, adapter, SmallTraining.examples(model.config().vocabularySize()), settings);
            SmallTraining.Outcome left = SmallTraining.run(loop, adapter, checkpoints, from, step -> step == 3);
            return new Outcome(
                    left.result().history().steps().stream()
                            .map(History.Step::loss)
                            .toList(),
                    left.matrices());
        }
    }
}
