package org.moraine.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.ModelFolder;

/**
 * What a step of one method costs against another's: their steps take turns in one process, so that whatever disturbs
 * the machine disturbs all alike.
 */
final class StepRatio {

    private static final int WARM_UP = 3;
    private static final List<AdapterSettings> METHODS =
            List.of(AdapterSettings.lora(8, 16), AdapterSettings.mora(1, 8), AdapterSettings.mora(6, 8));

    private StepRatio() {}

    /** Prints the rows of MoRA's types 1 and 6 against LoRA's. */
    static void print(Path folder, int examples, int tokens, Layers layers, int steps) throws IOException {
        ModelFolder model = ModelFolder.open(folder);
        List<List<Double>> seconds = new ArrayList<>();
        try (BaseModel base = BaseModel.load(model, Precision.AUTO)) {
            List<Turn> turns = METHODS.stream()
                    .map(settings -> Turn.of(base, settings, layers == Layers.RECOMPUTED))
                    .toList();
            SplittableRandom random = new SplittableRandom(1);
            METHODS.forEach(method -> seconds.add(new ArrayList<>()));
            for (int step = 0; step < WARM_UP + steps; step++) {
                for (int i = 0; i < turns.size(); i++) {
                    double time = turns.get(i).step(base, random, examples, tokens, step + 1);
                    if (step >= WARM_UP) {
                        seconds.get(i).add(time);
                    }
                }
            }
            turns.forEach(Turn::close);
        }
        double lora = median(seconds.get(0));
        for (int i = 1; i < METHODS.size(); i++) {
            System.out.printf(
                    Locale.ROOT,
                    "| %d x %d | %s | mora %d / lora | %.3f |%n",
                    examples,
                    tokens,
                    layers.name().toLowerCase(Locale.ROOT),
                    METHODS.get(i).moraType(),
                    median(seconds.get(i)) / lora);
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    /** One method's state between its turns. */
    private record Turn(Adapter adapter, Decoder decoder, List<NDArray> first, List<NDArray> second) {

        static Turn of(BaseModel base, AdapterSettings settings, boolean recomputed) {
            Adapter adapter = Adapter.create(base, settings, 1);
            return new Turn(adapter, adapter.decoder(recomputed), zeros(adapter), zeros(adapter));
        }

        private static List<NDArray> zeros(Adapter adapter) {
            return adapter.matrices().stream()
                    .map(matrix -> matrix.getManager().zeros(matrix.getShape()))
                    .toList();
        }

        double step(BaseModel base, SplittableRandom random, int examples, int tokens, int number) {
            try (NDManager scope = base.manager().newSubManager()) {
                int count = examples * tokens;
                int vocabulary = base.config().vocabularySize();
                Decoder.Row row = new Decoder.Row(
                        scope.create(random.longs(count, 0, vocabulary).toArray()),
                        scope.create(random.longs(count, 0, vocabulary).toArray()),
                        scope.create(LongStream.rangeClosed(1, examples)
                                .map(e -> e * tokens)
                                .toArray()));
                long began = System.nanoTime();
                decoder.step(
                                List.of(row),
                                base.weights(),
                                adapter.matrices(),
                                first,
                                second,
                                new Decoder.Update(number, 1e-3, count, -1, 1, 0))
                        .toFloatArray();
                return (System.nanoTime() - began) / 1e9;
            }
        }

        void close() {
            decoder.close();
            adapter.close();
        }
    }
}
