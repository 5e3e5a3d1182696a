package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.moraine.contracts.Method;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.CheckpointFolder;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.SmallModels;

/**
 * A training in a process of its own, killed with -9 and taken up by the next one. When it is killed is drawn from a
 * seed, which every failure names; {@code -Dmoraine.kills=N} kills each training N times instead of once, and {@code
 * -Dmoraine.kill-seed=S} draws as an earlier run did.
 */
class KilledRunTest {

    private static final int STEPS = 40;
    private static final int EVERY = 3;
    private static final int KILLS = Integer.getInteger("moraine.kills", 1);
    private static final long SEED = Long.getLong("moraine.kill-seed", System.nanoTime());
    private static final TrainingSettings SETTINGS = SmallTraining.settings(STEPS);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Method.class)
    void aRunKilledAtAnyStepAndResumedWritesTheSameBytes(Method method) throws Exception {
        System.out.println("KilledRunTest: -Dmoraine.kill-seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED + method.ordinal());
        Files.writeString(folder.resolve("config.json"), "{\"torch_dtype\": \"float32\"}");
        Path whole = Files.createDirectory(folder.resolve("whole"));
        Path killed = Files.createDirectory(folder.resolve("killed"));
        Child.train(method, whole, report -> {});

        for (int kill = 0; kill < KILLS; kill++) {
            runAndKill(method, killed, random);
        }
        run(method, killed);

        for (String file : List.of("steps", Child.weights(method))) {
            assertThat(killed.resolve(file)).as("seed " + SEED).hasSameBinaryContentAs(whole.resolve(file));
        }
        assertThat(Files.readAllLines(killed.resolve("steps"))).hasSize(STEPS);
    }

    /** Kills at a line that the child prints: after a step, or in the middle of writing a checkpoint. */
    private static void runAndKill(Method method, Path out, SplittableRandom random) throws Exception {
        Process child = start(method, out);
        try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
            int left = random.nextInt(1, STEPS + STEPS / EVERY);
            while (left > 0 && lines.readLine() != null) {
                left--;
            }
            child.destroyForcibly();
        }
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    private static void run(Method method, Path out) throws Exception {
        Process child = start(method, out);
        try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
            List<String> said = lines.lines().toList();
            assertThat(child.waitFor()).as(String.join("\n", said)).isZero();
        }
    }

    private static Process start(Method method, Path out) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        method.name(),
                        out.toString())
                .redirectErrorStream(true)
                .start();
    }

    /** What runs in the process of its own. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) throws IOException {
            train(Method.valueOf(arguments[0]), Path.of(arguments[1]), new Said());
        }

        /** Goes on from the newest checkpoint below the folder, and writes the adapter's files and all losses. */
        static void train(Method method, Path out, TrainingListener listener) throws IOException {
            CheckpointFolder checkpoints = new CheckpointFolder(out.resolve("checkpoints"), 2);
            ModelFolder shape = new ModelFolder(
                    "awkward", out.resolveSibling(""), SmallModels.awkward().config());
            try (BaseModel base = BaseModel.random(shape, 1);
                    Adapter adapter = Adapter.create(base, SmallTraining.adapter(method), SETTINGS.seed())) {
                TrainingLoop loop =
                        new TrainingLoop(base, adapter, SmallTraining.examples(), SETTINGS).checkpointsIn(checkpoints);
                checkpoints
                        .newest(damaged -> {
                            throw new AssertionError(damaged);
                        })
                        .ifPresent(loop::from);
                TrainingResult result = loop.run(listener);
                adapter.write(out, "awkward");
                Files.write(
                        out.resolve("steps"),
                        result.history().steps().stream()
                                .map(step -> step.step() + " " + step.loss() + " " + step.learningRate())
                                .toList());
            }
        }

        static String weights(Method method) {
            return method == Method.FULL ? "model.safetensors" : "adapter_model.safetensors";
        }
    }

    /** A line for every step and every checkpoint that begins to be written. */
    private static final class Said implements TrainingListener {

        @Override
        public void stepped(StepReport report) {
            System.out.println("step " + report.step());
        }

        @Override
        public boolean wantsCheckpoint(int step, boolean ending) {
            if (step % EVERY == 0) {
                System.out.println("writing " + step);
            }
            return step % EVERY == 0;
        }
    }
}
