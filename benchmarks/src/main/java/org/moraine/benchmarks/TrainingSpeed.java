package org.moraine.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.moraine.contracts.Method;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.engine.model.PrecisionProbe;
import org.moraine.engine.safetensors.DType;

/**
 * Prints how fast the engine trains the SmolLM2-135M shape with random weights: MoRA and LoRA of rank 8 on all
 * projections, batches of 4 x 128 and 2 x 1024, layers kept and recomputed. Each row runs in a process of its own, so
 * that its peak memory is its own; the rows of the two methods take turns, so that a slow moment hits both.
 */
public final class TrainingSpeed {

    private static final int ROUNDS = 2;

    private TrainingSpeed() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("moraine-benchmark");
        try {
            SmolLm2Shape.write(folder);
            double bf16 = PrecisionProbe.operationsPerSecond(DType.BF16);
            double fp32 = PrecisionProbe.operationsPerSecond(DType.F32);
            System.out.printf(
                    Locale.ROOT,
                    "%s, %d cores, Java %s; matrix products: bf16 %.0f GFLOP/s, fp32 %.0f GFLOP/s%n%n",
                    System.getProperty("os.arch"),
                    Runtime.getRuntime().availableProcessors(),
                    Runtime.version().feature(),
                    bf16 / 1e9,
                    fp32 / 1e9);
            double rate = Math.max(bf16, fp32);
            System.out.println(
                    "| batch | layers | method | tokens/s | seconds a step | peak memory | of the product rate |");
            System.out.println("| --- | --- | --- | ---: | ---: | ---: | ---: |");
            for (int[] batch : new int[][] {{4, 128}, {2, 1024}}) {
                for (Layers layers : List.of(Layers.KEPT, Layers.RECOMPUTED)) {
                    compare(folder, batch, layers, rate);
                }
            }
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    /** Both methods in turns, the best of each. */
    private static void compare(Path folder, int[] batch, Layers layers, double rate)
            throws IOException, InterruptedException {
        List<TrainingRun.Measured> best = new ArrayList<>();
        List<Method> methods = List.of(Method.MORA, Method.LORA);
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < methods.size(); i++) {
                TrainingRun.Measured measured = TrainingRun.inOwnProcess(folder, methods.get(i), batch, layers);
                if (round == 0) {
                    best.add(measured);
                } else if (measured.secondsPerStep() < best.get(i).secondsPerStep()) {
                    best.set(i, measured);
                }
            }
        }
        for (int i = 0; i < methods.size(); i++) {
            TrainingRun.Measured row = best.get(i);
            double tokens = batch[0] * batch[1] / row.secondsPerStep();
            System.out.printf(
                    Locale.ROOT,
                    "| %d x %d | %s | %s | %.0f | %.3f | %.2f GB | %.0f %% |%n",
                    batch[0],
                    batch[1],
                    layers.name().toLowerCase(Locale.ROOT),
                    methods.get(i).word(),
                    tokens,
                    row.secondsPerStep(),
                    row.peakBytes() / 1e9,
                    100 * tokens * SmolLm2Shape.operationsPerToken(batch[1], layers) / rate);
        }
        System.out.printf(
                Locale.ROOT,
                "| | | mora / lora | | %.3f | | |%n",
                best.get(0).secondsPerStep() / best.get(1).secondsPerStep());
    }
}
