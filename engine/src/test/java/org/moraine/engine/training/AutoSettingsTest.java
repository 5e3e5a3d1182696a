package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Auto;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.SmallModels;

class AutoSettingsTest {

    private static final ModelConfig LLAMA_7B =
            new ModelConfig(32000, 4096, 11008, 32, 32, 32, 128, 1e-5, 10000, false, 4096);
    private static final Set<Projection> ATTENTION = EnumSet.of(Projection.Q, Projection.V);

    /** Table 5 of the paper, as mora.md has it: the rates tried, for square layers of 4096. */
    @Test
    void ratesAreThoseOfThePaperOnItsModel() {
        assertThat(rate(mora(6, 8))).isBetween(2e-4, 3.1e-4);
        assertThat(rate(mora(1, 256))).isBetween(3e-5, 5e-5);
        assertThat(rate(mora(1, 8))).isBetween(5e-5, 2.2e-4);
        assertThat(rate(AdapterSettings.lora(8, 16))).isEqualTo(2e-4);
        assertThat(rate(AdapterSettings.lora(256, 128))).isEqualTo(2e-4);
        assertThat(rate(AdapterSettings.full())).isEqualTo(2e-5);
    }

    @Test
    void narrowerModelsTakeHigherRatesWithinBounds() {
        ModelConfig narrow = SmallModels.awkward().config();

        assertThat(AutoSettings.learningRate(AdapterSettings.lora(3, 3), narrow))
                .isEqualTo(1e-3);
        assertThat(AutoSettings.learningRate(AdapterSettings.mora(1, 3), narrow))
                .isEqualTo(1e-3);
    }

    @Test
    void batchAndEpochsFollowTheSizeOfTheData() {
        assertThat(AutoSettings.batchSize(40)).isEqualTo(4);
        assertThat(AutoSettings.batchSize(1000)).isEqualTo(8);
        assertThat(AutoSettings.batchSize(5000)).isEqualTo(32);
        assertThat(AutoSettings.batchSize(395_000)).isEqualTo(128);
        assertThat(AutoSettings.epochs(40, 4)).isEqualTo(30);
        assertThat(AutoSettings.epochs(400, 4)).isEqualTo(3);
        assertThat(AutoSettings.epochs(200, 4)).isEqualTo(6);
        assertThat(AutoSettings.epochs(395_000, 128)).isEqualTo(3);
    }

    @Test
    void theLoopChoosesWhatIsOpenAndNothingElse() {
        TrainingSettings some = SmallTraining.settings(6);
        TrainingSettings open = new TrainingSettings(
                7,
                null,
                some.batchSize(),
                4,
                some.maxTokens(),
                some.learningRate(),
                some.schedule(),
                some.weightDecay(),
                some.clipNorm(),
                some.seed(),
                some.precision(),
                some.layers(),
                some.quantise(),
                some.skips(),
                some.evaluation(),
                Set.of(Auto.BATCH_SIZE, Auto.LEARNING_RATE));
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, SmallTraining.adapter(Method.LORA), 7)) {

            TrainingLoop loop = new TrainingLoop(base, adapter, SmallTraining.examples(), open);

            assertThat(loop.settings().auto()).isEmpty();
            assertThat(loop.settings().batchSize()).isEqualTo(4);
            assertThat(loop.settings().learningRate()).isCloseTo(1e-3, within(1e-12));
            assertThat(loop.settings().epochs()).isEqualTo(7);
            assertThat(loop.totalSteps()).isEqualTo(14);
        }
    }

    private static AdapterSettings mora(int type, int rank) {
        return new AdapterSettings(Method.MORA, type, rank, 1, 0, ATTENTION);
    }

    private static double rate(AdapterSettings adapter) {
        return AutoSettings.learningRate(adapter, LLAMA_7B);
    }
}
