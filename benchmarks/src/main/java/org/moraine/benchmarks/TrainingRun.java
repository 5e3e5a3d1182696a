package org.moraine.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Schedule;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.training.TrainingLoop;

/** A few training steps on random ids, in this process; the first steps, in which libtorch optimises, are not counted. */
final class TrainingRun {

    private static final int WARM_UP = 3;
    private static final int COUNTED = 4;
    private static final int RANK = 8;

    private TrainingRun() {}

    /** Seconds of the median step, and the process's largest resident memory. */
    record Measured(double secondsPerStep, long peakBytes) {}

    static Measured inOwnProcess(Path folder, Method method, int[] batch, Layers layers)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TrainingRun.class.getName(),
                        folder.toString(),
                        method.name(),
                        Integer.toString(batch[0]),
                        Integer.toString(batch[1]),
                        layers.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String[] printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip()
                .split(" ");
        if (process.waitFor() != 0 || printed.length != 2) {
            throw new IOException(
                    method + " " + Arrays.toString(batch) + " " + layers + " ended with " + process.exitValue());
        }
        return new Measured(Double.parseDouble(printed[0]), Long.parseLong(printed[1]));
    }

    public static void main(String[] arguments) throws IOException {
        ModelFolder folder = ModelFolder.open(Path.of(arguments[0]));
        Method method = Method.valueOf(arguments[1]);
        int examples = Integer.parseInt(arguments[2]);
        int tokens = Integer.parseInt(arguments[3]);
        TrainingSettings settings = new TrainingSettings(
                1,
                WARM_UP + COUNTED,
                examples,
                null,
                tokens + 1,
                1e-3,
                new Schedule(Schedule.Decay.CONSTANT, 0),
                0,
                1,
                1,
                Precision.AUTO,
                Layers.valueOf(arguments[4]));
        AdapterSettings adapter =
                method == Method.MORA ? AdapterSettings.mora(1, RANK) : AdapterSettings.lora(RANK, 16);
        List<Double> seconds = new ArrayList<>();
        try (BaseModel base = BaseModel.load(folder, settings.precision());
                Adapter trained = Adapter.create(base, adapter, 1)) {
            new TrainingLoop(
                            base,
                            trained,
                            examples(examples, tokens + 1, folder.config().vocabularySize()),
                            settings)
                    .run(report -> seconds.add(report.seconds()));
        }
        List<Double> counted =
                seconds.subList(WARM_UP, seconds.size()).stream().sorted().toList();
        System.out.println(counted.get(counted.size() / 2) + " " + peakBytes());
    }

    private static List<Example> examples(int count, int length, int vocabulary) {
        SplittableRandom random = new SplittableRandom(1);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean[] trained = new boolean[length];
            Arrays.fill(trained, 1, length, true);
            examples.add(new Example(i + 1, random.ints(length, 0, vocabulary).toArray(), trained));
        }
        return examples;
    }

    /** VmHWM of this process, from Linux. */
    private static long peakBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("/proc/self/status has no VmHWM");
    }
}
