package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Machine;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.SmallModels;
import org.moraine.engine.safetensors.DType;

class TrainingEstimateTest {

    private static final ModelFolder FOLDER = SmallModels.awkward();
    private static final ModelConfig CONFIG = FOLDER.config();
    private static final TrainingSettings SETTINGS = TrainingSettings.defaults();
    private static final List<Example> EXAMPLES = IntStream.rangeClosed(1, 21)
            .mapToObj(i -> new Example(i, new int[i + 1], trained(i + 1)))
            .toList();

    static List<AdapterSettings> methods() {
        return List.of(
                AdapterSettings.mora(1, 2),
                AdapterSettings.mora(6, 2),
                AdapterSettings.covering(2),
                AdapterSettings.lora(3, 4),
                SmallTraining.besideWholeModules(Method.LORA),
                AdapterSettings.full());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void parametersAndStepsAreThoseOfTheTraining(AdapterSettings method) {
        try (BaseModel base = BaseModel.random(FOLDER, 1);
                Adapter adapter = Adapter.create(base, method, 1)) {
            TrainingLoop loop = new TrainingLoop(base, adapter, EXAMPLES, SETTINGS);

            TrainingEstimate estimate = TrainingEstimate.of(CONFIG, method, SETTINGS, EXAMPLES, DType.F32);

            assertThat(estimate.trainableParameters()).isEqualTo(adapter.trainableParameters());
            assertThat(estimate.steps()).isEqualTo(loop.totalSteps());
            assertThat(estimate.tokensPerEpoch()).isEqualTo(21 * 24 / 2);
        }
    }

    @Test
    void whatIsSetApartOrLeftToRulesIsCountedAsInTheTraining() {
        TrainingSettings open = new TrainingSettings(
                3,
                null,
                SETTINGS.batchSize(),
                null,
                SETTINGS.maxTokens(),
                SETTINGS.learningRate(),
                SETTINGS.schedule(),
                0,
                1,
                7,
                SETTINGS.precision(),
                SETTINGS.layers(),
                SETTINGS.quantise(),
                SETTINGS.skips(),
                new EvaluationSettings(0.2, null, EvaluationSettings.Keep.LAST, null, List.of()),
                EnumSet.allOf(TrainingSettings.Auto.class));
        AdapterSettings method = AdapterSettings.mora(1, 2);
        try (BaseModel base = BaseModel.random(FOLDER, 1);
                Adapter adapter = Adapter.create(base, method, 1)) {
            TrainingLoop loop = new TrainingLoop(base, adapter, EXAMPLES, open);

            TrainingEstimate estimate = TrainingEstimate.of(CONFIG, method, open, EXAMPLES, DType.F32);

            assertThat(estimate.examples()).isEqualTo(17);
            assertThat(estimate.steps()).isEqualTo(loop.totalSteps());
        }
    }

    @Test
    void layersRecomputedTakeLessMemoryThanLayersKept() {
        TrainingEstimate estimate =
                TrainingEstimate.of(CONFIG, AdapterSettings.mora(1, 2), SETTINGS, EXAMPLES, DType.F32);

        assertThat(estimate.recomputedBytes()).isLessThan(estimate.keptBytes());
    }

    @Test
    void halfTheRateTakesTwiceTheTime() {
        TrainingEstimate estimate =
                TrainingEstimate.of(CONFIG, AdapterSettings.mora(1, 2), SETTINGS, EXAMPLES, DType.F32);

        assertThat(estimate.seconds(1e9)).isEqualTo(2 * estimate.seconds(2e9));
    }

    @Test
    void severalDevicesHoldLessEachAndTogetherWhatOneHolds() {
        AdapterSettings method = AdapterSettings.mora(1, 2);
        int[] lengths =
                EXAMPLES.stream().mapToInt(example -> example.ids().length).toArray();
        TrainingEstimate one = TrainingEstimate.ofLengths(CONFIG, method, SETTINGS, lengths, DType.F32);

        TrainingEstimate spread = estimate(method, lengths, 1, 3);
        TrainingEstimate divided = estimate(method, lengths, 4, 1);

        assertThat(spread.recomputedBytes()).isLessThan(one.recomputedBytes());
        assertThat(3 * (spread.keptBytes() - TrainingEstimate.PROCESS_BYTES))
                .isGreaterThan(one.keptBytes() - TrainingEstimate.PROCESS_BYTES);
        assertThat(spread.seconds(1e9)).isEqualTo(one.seconds(1e9));
        assertThat(divided.keptBytes()).isLessThan(one.keptBytes());
        assertThat(divided.seconds(1e9)).isEqualTo(one.seconds(1e9) / 4);
        assertThatThrownBy(() -> estimate(method, lengths, 2, 2)).isInstanceOf(Refused.class);
    }

    @Test
    void layersAreSpreadOverAsFewDevicesAsHoldThem() {
        AdapterSettings method = AdapterSettings.mora(1, 2);
        int[] lengths =
                EXAMPLES.stream().mapToInt(example -> example.ids().length).toArray();
        long two = estimate(method, lengths, 1, 2).recomputedBytes();
        long one = estimate(method, lengths, 1, 1).recomputedBytes();

        assertThat(fewest(method, one, 3)).isEqualTo(1);
        assertThat(fewest(method, one - 1, 3)).isEqualTo(2);
        assertThat(fewest(method, two - 1, 3)).isEqualTo(3);
        assertThat(fewest(method, two - 1, 2)).isEqualTo(2);
        assertThat(fewest(method, 0, 9)).isEqualTo(CONFIG.layers());
    }

    @Test
    void aMachineIsAskedForNoMoreDevicesThanItHas() {
        assertThatThrownBy(() -> Machine.kind(0)).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> Machine.kind(17)).hasMessageContaining("on this machine, not 17");
    }

    private static int fewest(AdapterSettings method, long bytes, int most) {
        return TrainingEstimate.fewest(CONFIG, method, SETTINGS, EXAMPLES, DType.F32, bytes, most);
    }

    private static TrainingEstimate estimate(AdapterSettings method, int[] lengths, int divided, int spread) {
        return TrainingEstimate.of(
                CONFIG, method, SETTINGS, lengths, DType.F32, new TrainingEstimate.Devices(divided, spread));
    }

    private static boolean[] trained(int length) {
        boolean[] trained = new boolean[length];
        trained[length - 1] = true;
        return trained;
    }
}
