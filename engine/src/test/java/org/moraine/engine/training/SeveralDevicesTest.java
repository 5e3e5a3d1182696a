package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.CheckpointFolder;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.SmallModels;

/** The CPU taken several times, each time with weights, matrices and a program of its own, trains as one device does. */
class SeveralDevicesTest {

    /** Four examples in an update, one at a time. */
    private static final TrainingSettings SETTINGS = SmallTraining.settings(6).inMicroBatches(1);

    @TempDir
    Path folder;

    private record Outcome(List<Double> losses, float[][] matrices) {}

    @ParameterizedTest
    @EnumSource(names = {"MORA", "COVERING", "LORA"})
    void anAdapterGetsTheBitsOfOneDeviceWithTheSameMicroBatches(Method method) {
        Outcome one = train(SmallTraining.adapter(method), SETTINGS, 1);

        for (int devices = 2; devices <= 4; devices++) {
            Outcome several = train(SmallTraining.adapter(method), SETTINGS, devices);

            assertThat(several.losses).isEqualTo(one.losses).hasSize(6);
            assertThat(several.matrices).isDeepEqualTo(one.matrices);
        }
    }

    @Test
    void allWeightsAndModulesBesideAnAdapterGetTheSameNumbers() {
        for (AdapterSettings settings :
                List.of(AdapterSettings.full(), SmallTraining.besideWholeModules(Method.LORA))) {
            Outcome one = train(settings, SETTINGS, 1);

            Outcome two = train(settings, SETTINGS, 2);

            for (int step = 0; step < one.losses.size(); step++) {
                assertThat(two.losses.get(step)).isCloseTo(one.losses.get(step), Percentage.withPercentage(1e-3));
            }
            for (int i = 0; i < one.matrices.length; i++) {
                assertThat(two.matrices[i]).containsExactly(one.matrices[i], Offset.offset(1e-4f));
            }
        }
    }

    @Test
    void aBatchIsDividedWhereNobodySaidHow() {
        TrainingSettings whole = TrainingSettings.defaults();
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, AdapterSettings.mora(1, 2), 1)) {
            TrainingLoop loop = new TrainingLoop(base, adapter, SmallTraining.examples(), whole);

            assertThat(loop.onDevices(3).settings()).isEqualTo(whole.inMicroBatches(3));
        }
    }

    @Test
    void aCheckpointOfTwoDevicesGoesOnOnOne() {
        AdapterSettings settings = SmallTraining.adapter(Method.MORA);
        train(settings, SETTINGS, 2, new CheckpointFolder(folder, 1), null);
        Checkpoint checkpoint = SmallTraining.newest(folder);

        Outcome onward = train(settings, SETTINGS, 1, null, checkpoint);

        assertThat(checkpoint.point().step()).isEqualTo(3);
        assertThat(onward.matrices).isDeepEqualTo(train(settings, SETTINGS, 1).matrices);
    }

    @Test
    void aCheckpointKeepsItsMicroBatchesOnAnyNumberOfDevices() {
        AdapterSettings settings = SmallTraining.adapter(Method.LORA);
        TrainingSettings open = SmallTraining.settings(6);
        Outcome two = train(settings, open, 2, new CheckpointFolder(folder, 1), null);
        Checkpoint checkpoint = SmallTraining.newest(folder);

        assertThat(train(settings, open, 1, null, checkpoint).matrices).isDeepEqualTo(two.matrices);
        assertThat(train(settings, open, 4, null, checkpoint).matrices).isDeepEqualTo(two.matrices);
    }

    @Test
    void examplesThatAreNotLearntAreMeasuredOnAllDevices() {
        List<Example> held = SmallTraining.examples();
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, SmallTraining.adapter(Method.MORA), 1)) {
            List<List<History.Evaluated>> measured = new ArrayList<>();
            for (int devices : List.of(1, 3)) {
                try (Decoder decoder = adapter.decoder(false);
                        DividedStep divided = new DividedStep(base, adapter, decoder, false, devices);
                        Evaluation alone = new Evaluation(base, adapter, decoder, null, held, 1, List.of());
                        Evaluation several = new Evaluation(base, adapter, decoder, divided, held, 1, List.of())) {
                    measured.add(List.of(alone.after(1), several.after(1)));
                }
            }

            assertThat(measured.get(1)).containsOnly(measured.get(0).get(0));
            assertThat(measured.get(0)).containsOnly(measured.get(0).get(0));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 1000})
    void moreDevicesThanExamplesInABatchAreRefused(int devices) {
        assertThatThrownBy(() -> train(SmallTraining.adapter(Method.LORA), SETTINGS, devices))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.problem().field()).isEqualTo("devices"));
    }

    private static Outcome train(AdapterSettings method, TrainingSettings settings, int devices) {
        return train(method, settings, devices, null, null);
    }

    private static Outcome train(
            AdapterSettings method,
            TrainingSettings settings,
            int devices,
            @Nullable CheckpointFolder checkpoints,
            @Nullable Checkpoint from) {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, method, settings.seed())) {
            TrainingLoop loop = new TrainingLoop(base, adapter, SmallTraining.examples(), settings).onDevices(devices);
            SmallTraining.Outcome left = SmallTraining.run(loop, adapter, checkpoints, from, step -> step == 3);
            return new Outcome(
                    left.result().history().steps().stream()
                            .map(History.Step::loss)
                            .toList(),
                    left.matrices());
        }
    }
}
