package org.moraine.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.moraine.benchmarks.TrainingRun.Measured;
import org.moraine.benchmarks.TrainingRun.Work;
import org.moraine.contracts.Method;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.PrecisionProbe;
import org.moraine.engine.safetensors.DType;

/**
 * Prints how fast the engine trains the SmolLM2-135M shape with random weights: MoRA and LoRA of rank 8 on all
 * projections, batches of 4 x 128 and 2 x 1024, layers kept and recomputed, each row in a process of its own, so that
 * its peak memory is its own; what MoRA's step costs against LoRA's; and, where a Python is named, the same work by
 * stock transformers and PEFT.
 */
public final class TrainingSpeed {

    private static final int[][] BATCHES = {{4, 128}, {2, 1024}};

    private TrainingSpeed() {}

    /** Arguments: none, or {@code --python} and the path of a Python that has torch, transformers and peft. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        String python = arguments.length == 2 && arguments[0].equals("--python") ? arguments[1] : null;
        try (RandomModel shape = RandomModel.smolLm2()) {
            Path folder = shape.folder();
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
            rows(folder, Math.max(bf16, fp32));
            ratios(folder);
            if (python != null) {
                sideBySide(folder, new PeftRun(python));
            }
        }
    }

    private static int steps(int[] batch) {
        return batch[1] > 512 ? 6 : 12;
    }

    private static void rows(Path folder, double rate) throws IOException, InterruptedException {
        ModelConfig config = ModelFolder.open(folder).config();
        System.out.println(
                "| batch | layers | method | tokens/s | seconds a step | peak memory | estimated | of the product rate |");
        System.out.println("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |");
        for (int[] batch : BATCHES) {
            for (Layers layers : List.of(Layers.KEPT, Layers.RECOMPUTED)) {
                for (Method method : List.of(Method.MORA, Method.LORA)) {
                    Work work = new Work(method, batch[0], batch[1], Precision.AUTO, layers, steps(batch));
                    Measured measured = TrainingRun.inOwnProcess(folder, work);
                    System.out.printf(
                            Locale.ROOT,
                            "| %d x %d | %s | %s | %.0f | %.3f | %.2f GB | %.2f GB | %.0f %% |%n",
                            batch[0],
                            batch[1],
                            layers.name().toLowerCase(Locale.ROOT),
                            method.word(),
                            measured.tokensPerSecond(),
                            batch[0] * batch[1] / measured.tokensPerSecond(),
                            measured.peakBytes() / 1e9,
                            TrainingRun.estimatedBytes(config, work, PrecisionProbe.choose(work.precision())) / 1e9,
                            100 * measured.tokensPerSecond() * RandomModel.operationsPerToken(batch[1], layers) / rate);
                }
            }
        }
    }

    private static void ratios(Path folder) throws IOException {
        System.out.println("\n| batch | layers | steps in turns, one process | time |\n| --- | --- | --- | ---: |");
        for (int[] batch : BATCHES) {
            for (Layers layers : List.of(Layers.KEPT, Layers.RECOMPUTED)) {
                StepRatio.print(folder, batch[0], batch[1], layers, steps(batch));
            }
        }
    }

    private static void sideBySide(Path folder, PeftRun peft) throws IOException, InterruptedException {
        System.out.println("\n| work | engine, LoRA | PEFT, LoRA | faster | memory, engine / PEFT |");
        System.out.println("| --- | ---: | ---: | ---: | ---: |");
        for (Work work : List.of(
                new Work(Method.LORA, 4, 128, Precision.BF16, Layers.KEPT, 10),
                new Work(Method.LORA, 4, 128, Precision.FP32, Layers.KEPT, 10),
                new Work(Method.LORA, 2, 1024, Precision.BF16, Layers.KEPT, 10),
                new Work(Method.LORA, 4, 128, Precision.BF16, Layers.RECOMPUTED, 10),
                new Work(Method.LORA, 2, 1024, Precision.BF16, Layers.RECOMPUTED, 10),
                new Work(Method.LORA, 8, 0, Precision.BF16, Layers.KEPT, 20))) {
            Measured own = TrainingRun.inOwnProcess(folder, work);
            Measured theirs = peft.measure(folder, work);
            System.out.printf(
                    Locale.ROOT,
                    "| %s, %s, %s | %.0f tokens/s, %.2f GB | %.0f tokens/s, %.2f GB | %.2f | %.2f |%n",
                    work.mixed() ? "8 examples of 10 to 400 tokens" : work.examples() + " x " + work.tokens(),
                    work.precision().name().toLowerCase(Locale.ROOT),
                    work.layers().name().toLowerCase(Locale.ROOT),
                    own.tokensPerSecond(),
                    own.peakBytes() / 1e9,
                    theirs.tokensPerSecond(),
                    theirs.peakBytes() / 1e9,
                    own.tokensPerSecond() / theirs.tokensPerSecond(),
                    (double) own.peakBytes() / theirs.peakBytes());
        }
    }
}
