package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
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

    private static boolean[] trained(int length) {
        boolean[] trained = new boolean[length];
        trained[length - 1] = true;
        return trained;
    }
}
