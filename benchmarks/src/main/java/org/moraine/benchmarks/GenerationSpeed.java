package org.moraine.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.ModelFolder;

/**
 * Prints how fast the engine generates with the SmolLM2-135M shape and random weights: greedy, prompts of 32 tokens, 128
 * new ones each, one prompt and eight, in 16 and 32 bits and with an int8 base; and, where a Python is named, the same by
 * stock transformers, one after the other.
 */
public final class GenerationSpeed {

    private static final int PROMPT = 32;
    private static final int NEW = 128;
    private static final int RUNS = 5;

    private GenerationSpeed() {}

    private record Work(int prompts, Precision precision, Quantisation quantisation) {}

    /** Arguments: none, or {@code --python} and the path of a Python that has torch and transformers. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        String python = arguments.length == 2 && arguments[0].equals("--python") ? arguments[1] : null;
        try (RandomModel shape = RandomModel.smolLm2()) {
            System.out.println("| prompts | computed in | base | engine | transformers | faster |");
            System.out.println("| ---: | --- | --- | ---: | ---: | ---: |");
            for (Work work : List.of(
                    new Work(1, Precision.BF16, Quantisation.NONE),
                    new Work(8, Precision.BF16, Quantisation.NONE),
                    new Work(1, Precision.FP32, Quantisation.NONE),
                    new Work(8, Precision.FP32, Quantisation.NONE),
                    new Work(1, Precision.BF16, Quantisation.INT8))) {
                double tokens = (double) work.prompts * NEW;
                double own = tokens / seconds(shape.folder(), work);
                double theirs =
                        python == null ? Double.NaN : tokens / transformersSeconds(python, shape.folder(), work);
                System.out.printf(
                        Locale.ROOT,
                        "| %d | %s | %s | %.1f tokens/s | %s | %s |%n",
                        work.prompts,
                        work.precision.name().toLowerCase(Locale.ROOT),
                        work.quantisation == Quantisation.NONE
                                ? "as computed in"
                                : work.quantisation.name().toLowerCase(Locale.ROOT),
                        own,
                        python == null ? "" : String.format(Locale.ROOT, "%.1f tokens/s", theirs),
                        python == null ? "" : String.format(Locale.ROOT, "%.2f", own / theirs));
            }
        }
    }

    private static double seconds(Path folder, Work work) throws IOException {
        try (BaseModel base = BaseModel.load(ModelFolder.open(folder), work.precision, work.quantisation);
                Decoder decoder = Decoder.plain(base)) {
            long[] ids = new SplittableRandom(1)
                    .longs((long) work.prompts * PROMPT, 0, base.config().vocabularySize())
                    .toArray();
            long[] ends =
                    LongStream.rangeClosed(1, work.prompts).map(n -> n * PROMPT).toArray();
            List<NDArray> weights = new ArrayList<>(base.weights());
            weights.addAll(base.forGeneration(base.manager()));
            return median(IntStream.rangeClosed(0, RUNS)
                    .mapToDouble(run -> generate(base, decoder, weights, ids, ends))
                    .skip(1)
                    .toArray());
        }
    }

    private static double generate(BaseModel base, Decoder decoder, List<NDArray> weights, long[] ids, long[] ends) {
        try (NDManager scope = base.manager().newSubManager()) {
            long began = System.nanoTime();
            NDArray made = decoder.generate(
                    scope.create(ids), scope.create(ends), weights, List.of(), NEW, 0, 1, 1, new long[0]);
            long count = made.toLongArray().length;
            double seconds = (System.nanoTime() - began) / 1e9;
            if (count != (long) ends.length * NEW) {
                throw new IllegalStateException(count + " tokens were generated");
            }
            return seconds;
        }
    }

    /** An int8 base is compared with transformers in the type that it is computed in. */
    private static double transformersSeconds(String python, Path folder, Work work)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        python,
                        "benchmarks/src/main/python/transformers_generation.py",
                        folder.toString(),
                        Integer.toString(work.prompts),
                        Integer.toString(PROMPT),
                        Integer.toString(NEW),
                        work.precision.name().toLowerCase(Locale.ROOT),
                        Integer.toString(RUNS))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException("transformers ended with " + process.exitValue());
        }
        return Double.parseDouble(printed);
    }

    private static double median(double[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length / 2];
    }
}
