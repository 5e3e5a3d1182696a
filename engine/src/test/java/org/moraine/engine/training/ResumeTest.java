package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.CheckpointFolder;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.SmallModels;

class ResumeTest {

    private static final int STEPS = 7;
    private static final TrainingSettings SETTINGS = SmallTraining.settings(STEPS);

    @TempDir
    Path folder;

    static Stream<AdapterSettings> methods() {
        return Stream.of(
                SmallTraining.adapter(Method.MORA),
                SmallTraining.adapter(Method.LORA),
                SmallTraining.adapter(Method.FULL),
                SmallTraining.besideWholeModules(Method.MORA),
                SmallTraining.besideWholeModules(Method.LORA));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aRunResumedAfterAnyStepEndsInTheBitsOfOneNeverStopped(AdapterSettings method) {
        CheckpointFolder all = new CheckpointFolder(folder, STEPS);
        List<Example> examples = SmallTraining.examples();

        SmallTraining.Outcome whole = SmallTraining.run(method, SETTINGS, examples, null, all, null, step -> true);

        for (int step = 1; step <= STEPS; step++) {
            Checkpoint checkpoint = Checkpoint.open(folder.resolve("step-" + step));
            SmallTraining.Outcome resumed =
                    SmallTraining.run(method, SETTINGS, examples, null, null, checkpoint, any -> false);
            assertThat(resumed.matrices()).as("resumed after step " + step).isDeepEqualTo(whole.matrices());
            assertThat(resumed.result().steps()).isEqualTo(STEPS);
            assertThat(resumed.result().trainedTokens())
                    .isEqualTo(whole.result().trainedTokens());
            assertThat(losses(resumed)).isEqualTo(losses(whole)).hasSize(STEPS);
        }
    }

    @Test
    void writingCheckpointsChangesNothing() {
        CheckpointFolder all = new CheckpointFolder(folder, 1);

        assertThat(SmallTraining.run(Method.MORA, SETTINGS, all, null, step -> true)
                        .matrices())
                .isDeepEqualTo(SmallTraining.run(Method.MORA, SETTINGS).matrices());
    }

    @Test
    void theListenerThatEndsATrainingMayHaveALastCheckpoint() {
        List<String> asked = new ArrayList<>();
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), 1);
                Adapter adapter = Adapter.create(base, SmallTraining.adapter(Method.LORA), 7)) {
            new TrainingLoop(base, adapter, SmallTraining.examples(), SETTINGS)
                    .checkpointsIn(new CheckpointFolder(folder, 2))
                    .run(new TrainingListener() {
                        private int steps;

                        @Override
                        public void stepped(StepReport report) {
                            steps = report.step();
                        }

                        @Override
                        public boolean goOn() {
                            return steps < 3;
                        }

                        @Override
                        public boolean wantsCheckpoint(int step, boolean ending) {
                            asked.add(step + (ending ? " ending" : ""));
                            return ending;
                        }

                        @Override
                        public void checkpointed(Checkpoint checkpoint) {
                            asked.add("written " + checkpoint.point().step());
                        }
                    });
        }

        assertThat(asked).containsExactly("1", "2", "3", "3 ending", "written 3");
        assertThat(SmallTraining.newest(folder).point().step()).isEqualTo(3);
    }

    @Test
    void theNewestAreKept() {
        SmallTraining.run(Method.MORA, SETTINGS, new CheckpointFolder(folder, 2), null, step -> step % 2 == 1);

        assertThat(names(folder)).containsExactlyInAnyOrder("step-5", "step-7");
    }

    @Test
    void aCheckpointIsTheSameInAnotherPlace() throws IOException {
        SmallTraining.run(Method.LORA, SETTINGS, new CheckpointFolder(folder, 1), null, step -> step == 4);
        Path here = folder.resolve("step-4");
        Path elsewhere = Files.createDirectories(folder.resolve("elsewhere/step-4"));

        for (String file : names(here)) {
            Files.copy(here.resolve(file), elsewhere.resolve(file));
        }

        Checkpoint carried = SmallTraining.newest(folder.resolve("elsewhere"));
        assertThat(names(here)).hasSize(carried.files().size() + 1).contains(Checkpoint.MANIFEST);
        assertThat(SmallTraining.run(Method.LORA, SETTINGS, null, carried, step -> false)
                        .matrices())
                .isDeepEqualTo(SmallTraining.run(Method.LORA, SETTINGS).matrices());
    }

    @Test
    void aCheckpointOfAnotherTrainingIsRefusedByWhatDiffers() {
        SmallTraining.run(Method.MORA, SETTINGS, new CheckpointFolder(folder, 1), null, step -> step == 3);
        Checkpoint checkpoint = SmallTraining.newest(folder);
        List<Example> fewer = SmallTraining.examples().subList(0, 4);

        refused(checkpoint, 2, Method.MORA, SmallTraining.examples(), SETTINGS, "the base model's files");
        refused(checkpoint, 1, Method.MORA, fewer, SETTINGS, "the training data");
        refused(
                checkpoint,
                1,
                Method.LORA,
                SmallTraining.examples(),
                SETTINGS,
                "adapter.method (\"mora\" before, \"lora\" now)");
        refused(
                checkpoint,
                1,
                Method.MORA,
                fewer,
                SmallTraining.settings(STEPS + 1, 0.02, 7),
                "the training data, training.learning_rate (0.01 before, 0.02 now), training.steps (7 before, 8 now)");
    }

    private static void refused(
            Checkpoint checkpoint,
            long baseSeed,
            Method method,
            List<Example> examples,
            TrainingSettings settings,
            String differences) {
        try (BaseModel base = BaseModel.random(SmallModels.awkward(), baseSeed);
                Adapter adapter = Adapter.create(base, SmallTraining.adapter(method), 7)) {
            TrainingLoop loop = new TrainingLoop(base, adapter, examples, settings);

            assertThatThrownBy(() -> loop.from(checkpoint))
                    .isInstanceOf(Refused.class)
                    .hasMessageEndingWith("is a checkpoint of another training; not the same: " + differences);
        }
    }

    @Test
    void aDamagedCheckpointIsNamedAndTheOneBeforeItTaken() throws IOException {
        SmallTraining.run(Method.MORA, SETTINGS, new CheckpointFolder(folder, 3), null, step -> step >= 4);
        change(folder.resolve("step-7/first_moments.safetensors"), 900);
        cut(folder.resolve("step-6/history.json"));
        List<String> damaged = new ArrayList<>();

        Checkpoint found = new CheckpointFolder(folder, 3).newest(damaged::add).orElseThrow();

        assertThat(found.point().step()).isEqualTo(5);
        assertThat(damaged).hasSize(2);
        assertThat(damaged.get(0)).contains("step-7/first_moments.safetensors: has other bytes");
        assertThat(damaged.get(1)).contains("step-6/history.json: has ").contains(" bytes, not the ");
        assertThat(SmallTraining.run(Method.MORA, SETTINGS, new CheckpointFolder(folder, 3), found, step -> step == 6)
                        .matrices())
                .isDeepEqualTo(SmallTraining.run(Method.MORA, SETTINGS).matrices());
        assertThat(names(folder)).containsExactlyInAnyOrder("step-5", "step-6");
        assertThat(SmallTraining.newest(folder).point().step()).isEqualTo(6);
    }

    @Test
    void whereAllAreDamagedNothingBeginsAnew() throws IOException {
        SmallTraining.run(Method.MORA, SETTINGS, new CheckpointFolder(folder, 2), null, step -> step >= 6);
        cut(folder.resolve("step-7/checkpoint.json"));
        Files.delete(folder.resolve("step-6/matrices.safetensors"));

        assertThatThrownBy(() -> new CheckpointFolder(folder, 2).newest(damaged -> {}))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("step-7/checkpoint.json: is damaged")
                .hasMessageEndingWith("has no whole checkpoint");
    }

    @Test
    void anUnfinishedCheckpointIsNoneAndGoesWithTheNext() throws IOException {
        CheckpointFolder checkpoints = new CheckpointFolder(folder, 2);
        Files.createDirectory(folder.resolve("step-2"));
        Files.writeString(folder.resolve("step-2/matrices.safetensors.part"), "half");

        assertThat(checkpoints.newest(damaged -> {})).isEmpty();

        SmallTraining.run(Method.MORA, SETTINGS, checkpoints, null, step -> step == 4);
        assertThat(names(folder)).containsExactly("step-4");
        checkpoints.clear();
        assertThat(folder).doesNotExist();
    }

    private static List<Double> losses(SmallTraining.Outcome outcome) {
        return outcome.result().history().steps().stream()
                .map(History.Step::loss)
                .toList();
    }

    private static void change(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 1;
        Files.write(file, bytes);
    }

    private static void cut(Path file) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(open.length() / 2);
        }
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
