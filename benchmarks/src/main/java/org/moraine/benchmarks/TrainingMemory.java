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
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.training.TrainingEstimate;

/**
 * Prints what a training's memory does not depend on, the vocabulary, but for the weights themselves, and the number of
 * steps; and what a base model in fewer bits leaves of it.
 */
public final class TrainingMemory {

    private static final int STEPS = 2000;
    private static final int EACH = 200;

    private TrainingMemory() {}

    /** Arguments: {@code models} or {@code steps}, each in a process of its own. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments[0].equals("models")) {
            vocabularies();
            quantised();
        } else {
            steps(Path.of("models", "pebble"));
        }
    }

    private static void vocabularies() throws IOException, InterruptedException {
        System.out.println("| vocabulary | layers | peak memory | of it weights | the rest |");
        System.out.println("| ---: | --- | ---: | ---: | ---: |");
        for (int vocabulary : List.of(49152, 256000)) {
            try (SmolLm2Shape shape = SmolLm2Shape.write(vocabulary)) {
                ModelConfig config = shape.open().config();
                for (Layers layers : List.of(Layers.KEPT, Layers.RECOMPUTED)) {
                    Measured measured = TrainingRun.inOwnProcess(
                            shape.folder(), new Work(Method.MORA, 4, 128, Precision.BF16, layers, 3));
                    long weights = config.parameters() * DType.BF16.bytes();
                    System.out.printf(
                            Locale.ROOT,
                            "| %,d | %s | %.2f GB | %.2f GB | %.2f GB |%n",
                            vocabulary,
                            layers.name().toLowerCase(Locale.ROOT),
                            measured.peakBytes() / 1e9,
                            weights / 1e9,
                            (measured.peakBytes() - weights) / 1e9);
                }
            }
        }
    }

    private static void quantised() throws IOException, InterruptedException {
        System.out.println("\n| base model | peak memory | without JVM and libtorch |\n| --- | ---: | ---: |");
        try (SmolLm2Shape shape = SmolLm2Shape.write()) {
            for (Quantisation quantisation : Quantisation.values()) {
                Measured measured = TrainingRun.inOwnProcess(
                        shape.folder(),
                        new Work(Method.MORA, 4, 128, Precision.BF16, Layers.RECOMPUTED, 3, quantisation));
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %.2f GB | %.2f GB |%n",
                        quantisation == Quantisation.NONE
                                ? "bf16"
                                : quantisation.name().toLowerCase(Locale.ROOT),
                        measured.peakBytes() / 1e9,
                        (measured.peakBytes() - TrainingEstimate.PROCESS_BYTES) / 1e9);
            }
        }
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
