package org.moraine.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.moraine.benchmarks.TrainingRun.Measured;
import org.moraine.benchmarks.TrainingRun.Work;
import org.moraine.contracts.Method;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.PrecisionProbe;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.training.TrainingEstimate;

/**
 * Prints what a training's memory does not depend on, the vocabulary, but for the weights themselves, and the number of
 * steps; and what a base model in fewer bits leaves of it.
 */
public final class TrainingMemory {

    private static final int STEPS = 2000;
    private static final int EACH = 200;
    private static final int COUNTED = 2;

    private TrainingMemory() {}

    /** Arguments: {@code models} or {@code steps}, each in a process of its own. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments[0].equals("models")) {
            vocabularies();
            quantised();
            estimates();
        } else {
            steps(Path.of("models", "pebble"));
        }
    }

    private static void vocabularies() throws IOException, InterruptedException {
        System.out.println("| vocabulary | layers | peak memory | of it weights | the rest |");
        System.out.println("| ---: | --- | ---: | ---: | ---: |");
        for (int vocabulary : List.of(49152, 256000)) {
            try (RandomModel shape = RandomModel.smolLm2(vocabulary)) {
                ModelConfig config = shape.open().config();
                for (Layers layers : List.of(Layers.KEPT, Layers.RECOMPUTED)) {
                    Measured measured = TrainingRun.inOwnProcess(
                            shape.folder(), new Work(Method.MORA, 4, 128, Precision.BF16, layers, 3));
                    long weights = config.parameters() * DType.BF16.bytes();
                    System.out.printf(
                            Locale.ROOT,
                            "| %,d | %s | %.2f GB | %.2f GB | %.2f GB |%n",
                            vocabulary,
                            word(layers),
                            measured.peakBytes() / 1e9,
                            weights / 1e9,
                            (measured.peakBytes() - weights) / 1e9);
                }
            }
        }
    }

    private static void quantised() throws IOException, InterruptedException {
        System.out.println("\n| base model | peak memory | without JVM and libtorch |\n| --- | ---: | ---: |");
        try (RandomModel shape = RandomModel.smolLm2()) {
            for (Quantisation quantisation : Quantisation.values()) {
                Measured measured = TrainingRun.inOwnProcess(
                        shape.folder(),
                        new Work(Method.MORA, 4, 128, Precision.BF16, Layers.RECOMPUTED, 3, quantisation));
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %.2f GB | %.2f GB |%n",
                        quantisation == Quantisation.NONE ? "bf16" : word(quantisation),
                        measured.peakBytes() / 1e9,
                        (measured.peakBytes() - TrainingEstimate.PROCESS_BYTES) / 1e9);
            }
        }
    }

    /** Whether what is estimated beforehand holds, also for models unlike the one that its constants were fitted to. */
    private static void estimates() throws IOException, InterruptedException {
        System.out.println("\n| model | work | layers | estimated | measured | ratio |");
        System.out.println("| --- | --- | --- | ---: | ---: | ---: |");
        ModelConfig qwen = new ModelConfig(151936, 896, 4864, 24, 14, 2, 64, 1e-5, 1000000, true, 8192);
        ModelConfig wide = new ModelConfig(32000, 2048, 5632, 4, 32, 4, 64, 1e-5, 10000, false, 2048);
        estimates(
                "SmolLM2-135M",
                RandomModel.SMOLLM2,
                List.of(
                        new Work(Method.LORA, 4, 128, Precision.BF16, Layers.KEPT, COUNTED),
                        new Work(Method.MORA, 2, 1024, Precision.BF16, Layers.KEPT, COUNTED),
                        new Work(Method.MORA, 4, 128, Precision.BF16, Layers.KEPT, COUNTED, Quantisation.INT8),
                        new Work(Method.MORA, 4, 128, Precision.BF16, Layers.KEPT, COUNTED, Quantisation.NF4),
                        new Work(Method.LORA, 8, 32, Precision.FP32, Layers.KEPT, COUNTED)));
        estimates(
                "Qwen2.5-0.5B",
                qwen,
                List.of(
                        new Work(Method.MORA, 2, 256, Precision.BF16, Layers.KEPT, COUNTED),
                        new Work(Method.LORA, 8, 128, Precision.BF16, Layers.KEPT, COUNTED, Quantisation.NF4)));
        estimates(
                "4 of TinyLlama's layers",
                wide,
                List.of(
                        new Work(Method.MORA, 1, 2047, Precision.BF16, Layers.KEPT, COUNTED),
                        new Work(Method.LORA, 16, 64, Precision.BF16, Layers.KEPT, COUNTED, Quantisation.INT8)));
    }

    private static void estimates(String name, ModelConfig shape, List<Work> works)
            throws IOException, InterruptedException {
        try (RandomModel model = RandomModel.write(shape)) {
            for (Work kept : works) {
                for (Work work : List.of(kept, kept.recomputed())) {
                    long measured =
                            TrainingRun.inOwnProcess(model.folder(), work).peakBytes();
                    DType dtype = PrecisionProbe.choose(work.precision());
                    long estimated = TrainingRun.estimatedBytes(shape, work, dtype);
                    System.out.printf(
                            Locale.ROOT,
                            "| %s | %s, %d x %d, %s%s | %s | %.2f GB | %.2f GB | %.2f |%n",
                            name,
                            word(work.method()),
                            work.examples(),
                            work.tokens(),
                            word(work.precision()),
                            work.quantisation() == Quantisation.NONE ? "" : ", " + word(work.quantisation()),
                            word(work.layers()),
                            estimated / 1e9,
                            measured / 1e9,
                            (double) estimated / measured);
                }
            }
        }
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** Each step has other examples, of 10 to 400 tokens, so that no two steps ask for the same pieces of memory. */
    private static void steps(Path model) throws IOException {
        System.out.println("\n| step | resident memory |\n| ---: | ---: |");
        List<Long> seen = new ArrayList<>();
        Work work = new Work(Method.MORA, 4, 0, Precision.AUTO, Layers.KEPT, STEPS - TrainingRun.WARM_UP);
        TrainingRun.train(ModelFolder.open(model), work, report -> {
            if (report.step() % EACH == 0) {
                seen.add(ResidentMemory.now());
            }
        });
        for (int i = 0; i < seen.size(); i++) {
            System.out.printf(Locale.ROOT, "| %,d | %.3f GB |%n", (i + 1) * EACH, seen.get(i) / 1e9);
        }
    }
}
