package org.moraine.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.Schedule;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.training.TrainingEstimate;
import org.moraine.engine.training.TrainingListener;
import org.moraine.engine.training.TrainingLoop;

/** A few training steps on random ids, in this process; the first steps, in which libtorch optimises, are not counted. */
final class TrainingRun {

    static final int WARM_UP = 3;
    private static final int RANK = 8;
    private static final TrainingSettings DEFAULTS = TrainingSettings.defaults();
    private static final int SHORTEST = 10;
    private static final int LONGEST = 400;

    private TrainingRun() {}

    /**
     * What is trained.
     *
     * @param examples in a batch
     * @param tokens of each example; 0 for a realistic mix, log-uniform from 10 to 400
     * @param steps counted
     */
    record Work(
            Method method,
            int examples,
            int tokens,
            Precision precision,
            Layers layers,
            int steps,
            Quantisation quantisation) {

        /** On a base model as it is computed in. */
        Work(Method method, int examples, int tokens, Precision precision, Layers layers, int steps) {
            this(method, examples, tokens, precision, layers, steps, Quantisation.NONE);
        }

        /** The same with layers recomputed. */
        Work recomputed() {
            return new Work(method, examples, tokens, precision, Layers.RECOMPUTED, steps, quantisation);
        }

        boolean mixed() {
            return tokens == 0;
        }
    }

    /** Tokens in a second, by the median step, or over all steps where they differ; the largest resident memory. */
    record Measured(double tokensPerSecond, long peakBytes) {

        /** Reads what a child process printed: seconds, bytes, tokens. */
        static Measured of(Process process, String what) throws IOException, InterruptedException {
            String[] printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .strip()
                    .split(" ");
            if (process.waitFor() != 0 || printed.length != 3) {
                throw new IOException(what + " ended with " + process.exitValue());
            }
            return new Measured(
                    Double.parseDouble(printed[2]) / Double.parseDouble(printed[0]), Long.parseLong(printed[1]));
        }
    }

    static Measured inOwnProcess(Path folder, Work work) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-Xms16m",
                        "-XX:+UseSerialGC",
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TrainingRun.class.getName(),
                        folder.toString(),
                        work.method.name(),
                        Integer.toString(work.examples),
                        Integer.toString(work.tokens),
                        work.precision.name(),
                        work.layers.name(),
                        Integer.toString(work.steps),
                        work.quantisation.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return Measured.of(process, work.toString());
    }

    public static void main(String[] arguments) throws IOException {
        ModelFolder folder = ModelFolder.open(Path.of(arguments[0]));
        Work work = new Work(
                Method.valueOf(arguments[1]),
                Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]),
                Precision.valueOf(arguments[4]),
                Layers.valueOf(arguments[5]),
                Integer.parseInt(arguments[6]),
                Quantisation.valueOf(arguments[7]));
        List<Double> seconds = new ArrayList<>();
        List<Long> tokens = new ArrayList<>();
        train(folder, work, report -> {
            seconds.add(report.seconds());
            tokens.add(report.trainedTokens());
        });
        List<Double> counted = seconds.subList(WARM_UP, seconds.size());
        double time = work.mixed()
                ? counted.stream().mapToDouble(Double::doubleValue).sum()
                : counted.stream().sorted().toList().get(counted.size() / 2);
        long useful = work.mixed()
                ? tokens.get(tokens.size() - 1) - tokens.get(WARM_UP - 1)
                : (long) work.examples * work.tokens;
        System.out.println(time + " " + ResidentMemory.peak() + " " + useful);
    }

    /** Trains in this process. */
    static void train(ModelFolder folder, Work work, TrainingListener listener) throws IOException {
        try (BaseModel base = BaseModel.load(folder, work.precision, work.quantisation);
                Adapter trained = Adapter.create(base, adapter(work), 1)) {
            new TrainingLoop(base, trained, examples(work, folder.config().vocabularySize()), settings(work))
                    .run(listener);
        }
    }

    /** What the engine says beforehand of the largest resident memory, in bytes, computed in the type given. */
    static long estimatedBytes(ModelConfig config, Work work, DType dtype) {
        TrainingEstimate estimate = TrainingEstimate.of(
                config, adapter(work), settings(work), examples(work, config.vocabularySize()), dtype);
        return work.layers == Layers.KEPT ? estimate.keptBytes() : estimate.recomputedBytes();
    }

    private static AdapterSettings adapter(Work work) {
        return work.method == Method.MORA ? AdapterSettings.mora(1, RANK) : AdapterSettings.lora(RANK, 16);
    }

    private static TrainingSettings settings(Work work) {
        return new TrainingSettings(
                1,
                WARM_UP + work.steps,
                work.examples,
                null,
                (work.mixed() ? LONGEST : work.tokens) + 1,
                1e-3,
                new Schedule(Schedule.Decay.CONSTANT, 0),
                0,
                1,
                1,
                work.precision,
                work.layers,
                work.quantisation,
                DEFAULTS.skips(),
                DEFAULTS.evaluation(),
                Set.of());
    }

    /** Enough for every step to have its own; each has one id more than tokens that are computed. */
    private static List<Example> examples(Work work, int vocabulary) {
        SplittableRandom random = new SplittableRandom(1);
        int count = work.mixed() ? work.examples * (WARM_UP + work.steps) : work.examples;
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    int length = 1
                            + (work.mixed()
                                    ? (int) Math.round(
                                            SHORTEST * Math.pow((double) LONGEST / SHORTEST, random.nextDouble()))
                                    : work.tokens);
                    boolean[] trained = new boolean[length];
                    Arrays.fill(trained, 1, length, true);
                    return new Example(i + 1, random.ints(length, 0, vocabulary).toArray(), trained);
                })
                .toList();
    }
}
