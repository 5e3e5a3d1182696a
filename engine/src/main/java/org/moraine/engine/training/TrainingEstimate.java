package org.moraine.engine.training;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.WorkerKind;
import org.moraine.engine.adapter.AdapterLayer;
import org.moraine.engine.adapter.AdapterShapes;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.LayerSpread;
import org.moraine.engine.model.Machine;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.WeightName;
import org.moraine.engine.safetensors.DType;

/**
 * What a training will take, from configuration and data alone: no weight is loaded and no native code runs. Memory is
 * that of the whole process on a CPU; two constants, for JVM and libtorch and for the allocator, are fitted to the runs
 * in {@code benchmarks/README.md}.
 *
 * @param trainableParameters numbers that are trained
 * @param examples of the training data
 * @param tokensPerEpoch ids of all examples
 * @param steps updates in all
 * @param tokens ids that all steps see
 * @param keptBytes peak memory with layers kept
 * @param recomputedBytes peak memory with layers recomputed
 * @param operations floating-point operations of all steps' matrix products, layers kept
 */
public record TrainingEstimate(
        long trainableParameters,
        int examples,
        long tokensPerEpoch,
        int steps,
        long tokens,
        long keptBytes,
        long recomputedBytes,
        double operations) {

    private static final Path MEMORY = Path.of("/proc/meminfo");

    /** Resident before anything is loaded: JVM and libtorch. */
    public static final long PROCESS_BYTES = 270_000_000;

    /** What the allocator holds for each byte of a layer's values, whose sizes differ and whose lives overlap. */
    private static final double SPREAD = 1.3;

    /** The share of a GPU's memory that is planned with. */
    private static final double SHARE_OF_GPU = 0.9;

    /** The share of a machine's rate of products that a whole step reaches; see benchmarks/README.md. */
    private static final double SHARE_OF_RATE = 0.5;

    /**
     * Estimates a training, as {@link #ofLengths} does.
     *
     * @param all the examples of the file
     */
    public static TrainingEstimate of(
            ModelConfig config, AdapterSettings adapter, TrainingSettings asked, List<Example> all, DType dtype) {
        return ofLengths(config, adapter, asked, lengths(all), dtype);
    }

    /** The same on several devices. */
    public static TrainingEstimate of(
            ModelConfig config,
            AdapterSettings adapter,
            TrainingSettings asked,
            List<Example> all,
            DType dtype,
            Devices devices) {
        return of(config, adapter, asked, lengths(all), dtype, devices);
    }

    /**
     * Estimates a training, as its loop would make it: without the share that is set apart, with open values chosen.
     *
     * @param lengths tokens of each example of the file, in its order
     * @param dtype the type that the model will be computed in
     * @throws org.moraine.contracts.Refused naming what does not fit the model
     */
    public static TrainingEstimate ofLengths(
            ModelConfig config, AdapterSettings adapter, TrainingSettings asked, int[] lengths, DType dtype) {
        return of(config, adapter, asked, lengths, dtype, Devices.ONE);
    }

    /**
     * The devices of a training.
     *
     * @param divided how many its batches are divided over
     * @param spread how many the base model's layers are spread over; one of the two is 1
     */
    public record Devices(int divided, int spread) {

        static final Devices ONE = new Devices(1, 1);

        public Devices {
            if (divided > 1 && spread > 1) {
                throw Refused.invalid(
                        "devices",
                        "a base model's layers are spread over " + spread + " devices; batches are then not divided"
                                + " over " + divided + " devices too");
            }
        }
    }

    /**
     * Estimates a training on several devices: memory is that of the fullest, and operations are those that follow one
     * another, since devices with layers each work in turn.
     *
     * @throws Refused naming {@code devices} or {@code spread_layers} where there is too little to give to each
     */
    public static TrainingEstimate of(
            ModelConfig config,
            AdapterSettings adapter,
            TrainingSettings asked,
            int[] lengths,
            DType dtype,
            Devices devices) {
        List<Integer> examples = Holdout.of(boxed(lengths), asked.evaluation().split(), asked.seed())
                .learnt();
        TrainingSettings chosen = AutoSettings.chosen(asked, adapter, config, examples.size());
        TrainingSettings settings = DividedStep.settings(chosen, devices.divided);
        Batches<Integer> batches = new Batches<>(examples, length -> length, settings.batchSize(), settings.seed());
        int perEpoch = batches.perEpoch();
        int steps = Objects.requireNonNullElse(settings.steps(), Math.multiplyExact(settings.epochs(), perEpoch));
        long perEpochTokens = examples.stream().mapToLong(Integer::longValue).sum();
        ModelConfig held = config.quantised(settings.quantise());
        long trainable = AdapterShapes.check(held, adapter);
        List<Memory> memory = memory(
                held, adapter, dtype, largestRow(batches, settings), LayerSpread.over(held, dtype, devices.spread));
        long tokens = perEpochTokens * steps / perEpoch;
        return new TrainingEstimate(
                trainable,
                examples.size(),
                perEpochTokens,
                steps,
                tokens,
                memory.stream().mapToLong(Memory::keptBytes).max().orElseThrow(),
                memory.stream().mapToLong(Memory::recomputedBytes).max().orElseThrow(),
                tokens
                        * operationsPerToken(config, adapter, trainable, (double) perEpochTokens / examples.size())
                        / devices.divided);
    }

    /** Peak memory on one device, with layers kept and recomputed. */
    private record Memory(long keptBytes, long recomputedBytes) {}

    /** @param largest tokens of the examples of the largest micro-batch */
    private static List<Memory> memory(
            ModelConfig config, AdapterSettings adapter, DType dtype, List<Integer> largest, LayerSpread spread) {
        int row = tokens(largest);
        int shortOnes = tokens(largest.stream().filter(Decoder::attendsIn32Bits).toList());
        double layer = SPREAD
                * (row * keptBytesPerToken(config, adapter, dtype)
                        + shortOnes * attendedBytes(config, DType.F32)
                        + (row - shortOnes) * attendedBytes(config, dtype));
        double working = row * SPREAD * workingBytesPerToken(config, dtype);
        double input = (double) row * (config.hiddenSize() + preparedColumns(config, adapter, true)) * dtype.bytes();
        List<Long> weights = spread.weightBytes(config, dtype);
        long[] trained = trained(config, adapter, spread);
        List<Memory> memory = new ArrayList<>();
        for (int device = 0; device < spread.devices(); device++) {
            int layers = spread.counts().get(device);
            long still = PROCESS_BYTES
                    + weights.get(device)
                    + config.widenedBytes(dtype)
                    + trained[device] * (4 * Float.BYTES + (dtype == DType.F32 ? 0 : dtype.bytes()))
                    + (device == spread.head() ? lossBytes(config, dtype, row) : 0);
            memory.add(new Memory(
                    still + (long) (layers * layer + working), still + (long) (layers * input + layer + working)));
        }
        return memory;
    }

    /** Numbers that are trained on each device. */
    private static long[] trained(ModelConfig config, AdapterSettings adapter, LayerSpread spread) {
        long[] trained = new long[spread.devices()];
        AdapterShapes.whole(config, adapter).forEach(weight -> trained[spread.of(weight.name())] += weight.elements());
        List<Map<Projection, AdapterLayer>> layers = AdapterShapes.layers(config, adapter);
        for (int layer = 0; layer < layers.size(); layer++) {
            trained[spread.of(layer)] += layers.get(layer).values().stream()
                    .mapToLong(AdapterLayer::elements)
                    .sum();
        }
        return trained;
    }

    /**
     * The fewest devices over which the layers have to be spread, each of this memory, with layers recomputed; all of
     * them where even those hold too little.
     *
     * @param bytes of one device
     * @param most devices that there are
     */
    public static int fewest(
            ModelConfig config,
            AdapterSettings adapter,
            TrainingSettings settings,
            List<Example> examples,
            DType dtype,
            long bytes,
            int most) {
        int[] lengths = lengths(examples);
        int devices = 1;
        while (devices < Math.min(most, config.layers())
                && of(config, adapter, settings, lengths, dtype, new Devices(1, devices)).recomputedBytes > bytes) {
            devices++;
        }
        return devices;
    }

    private static int[] lengths(List<Example> examples) {
        return examples.stream().mapToInt(example -> example.ids().length).toArray();
    }

    /** Four bytes a number, since a file may have millions of examples. */
    private static List<Integer> boxed(int[] numbers) {
        return new AbstractList<>() {
            @Override
            public Integer get(int index) {
                return numbers[index];
            }

            @Override
            public int size() {
                return numbers.length;
            }
        };
    }

    /** Whether layers kept would take more than half of what this machine has left, or most of what a GPU of it has. */
    static boolean needsRecomputing(
            ModelConfig config,
            AdapterSettings adapter,
            TrainingSettings settings,
            List<Example> examples,
            DType dtype,
            Devices devices) {
        WorkerKind one = Machine.kind(1);
        return one.device() == WorkerKind.Device.GPU
                ? of(config, adapter, settings, examples, dtype, devices).keptBytes > SHARE_OF_GPU * one.memory()
                : devices.divided * of(config, adapter, settings, examples, dtype).keptBytes > available() / 2;
    }

    /** Seconds of all steps on a device that multiplies matrices at this rate, in floating-point operations a second. */
    public double seconds(double operationsPerSecond) {
        return operations / (operationsPerSecond * SHARE_OF_RATE);
    }

    /** The lengths in the largest micro-batch of the first epoch; later ones hold the same examples in another order. */
    private static List<Integer> largestRow(Batches<Integer> batches, TrainingSettings settings) {
        List<Integer> largest = List.of(1);
        for (int step = 0; step < batches.perEpoch(); step++) {
            List<Integer> batch = batches.at(step);
            int size = Math.min(Objects.requireNonNullElse(settings.microBatch(), batch.size()), batch.size());
            // The longest stand first in a batch, and so does the largest micro-batch.
            List<Integer> row = batch.subList(0, size);
            largest = tokens(row) > tokens(largest) ? row : largest;
        }
        return largest;
    }

    private static int tokens(List<Integer> lengths) {
        return lengths.stream().mapToInt(Integer::intValue).sum();
    }

    /** What one token leaves in one layer for the way back. */
    private static long keptBytesPerToken(ModelConfig config, AdapterSettings adapter, DType dtype) {
        long queries = (long) config.heads() * config.headSize();
        long keys = (long) config.keyValueHeads() * config.headSize();
        boolean readsInputs = !wholeProducts(config, adapter).isEmpty()
                || AdapterShapes.layers(config, adapter).stream()
                        .flatMap(layer -> layer.values().stream())
                        .anyMatch(AdapterLayer::backwardReadsInput);
        long wide = 2L * config.hiddenSize()
                + 2L * config.feedForwardSize()
                + (readsInputs ? 2L * config.hiddenSize() + queries : 0)
                + (config.architecture().headNorms() ? queries + keys : 0)
                + preparedColumns(config, adapter, false);
        return wide * dtype.bytes() + Float.BYTES * (config.heads() + 2);
    }

    /** What one token leaves in one layer as attention's inputs and output, of the type that it is computed in. */
    private static long attendedBytes(ModelConfig config, DType dtype) {
        return 2L * config.headSize() * (config.heads() + config.keyValueHeads()) * dtype.bytes();
    }

    /** What adapters make of their inputs, in the layer that has most of it. */
    private static long preparedColumns(ModelConfig config, AdapterSettings adapter, boolean narrow) {
        if (adapter.method() == Method.FULL) {
            return 0;
        }
        return AdapterShapes.layers(config, adapter).stream()
                .mapToLong(layer -> preparedColumns(layer, narrow))
                .max()
                .orElse(0);
    }

    /** Once for each input: q, k and v read one, gate and up another; but for o, no two of them could be taken for one. */
    private static long preparedColumns(Map<Projection, AdapterLayer> layer, boolean narrow) {
        return layer.entrySet().stream()
                .flatMap(entry -> entry.getValue().preparation().stream()
                        .filter(preparation -> preparation.narrow() || !narrow)
                        .map(preparation -> Map.entry(entry.getKey() == Projection.O, preparation)))
                .distinct()
                .mapToLong(prepared -> prepared.getValue().columns())
                .sum();
    }

    /** What one token takes while its layer is on its way back. */
    private static long workingBytesPerToken(ModelConfig config, DType dtype) {
        long queries = (long) config.heads() * config.headSize();
        long keys = (long) config.keyValueHeads() * config.headSize();
        return (4L * config.feedForwardSize() + 3L * config.hiddenSize()) * dtype.bytes()
                + Float.BYTES * (3 * queries + 4 * keys + 3L * config.hiddenSize());
    }

    private static long lossBytes(ModelConfig config, DType dtype, int row) {
        long logits = (long) Math.min(row, Decoder.lossRows(config)) * dtype.bytes()
                + (long) Math.min(row, Decoder.LOSS_PIECE) * Float.BYTES;
        return logits * config.vocabularySize() + 4L * row * config.hiddenSize() * dtype.bytes();
    }

    /**
     * Each weight once forward and once for the gradient of its input, once more where it is trained whole; an adapter's
     * own three times; attention over half the example, twice forward and five times back.
     */
    private static double operationsPerToken(
            ModelConfig config, AdapterSettings adapter, long trainable, double length) {
        double weights = (double) config.vocabularySize() * config.hiddenSize();
        for (Projection projection : Projection.values()) {
            weights += (double) config.layers() * config.out(projection) * config.in(projection);
        }
        double ofAdapters = trainable - elements(AdapterShapes.whole(config, adapter));
        double products = 2 * weights + elements(wholeProducts(config, adapter)) + 3 * ofAdapters;
        double attention = 3.5 * config.layers() * length * config.heads() * config.headSize();
        return 2 * (products + attention);
    }

    /** The matrices trained whole that inputs are multiplied by: not an embedding, unless it is the head too. */
    private static List<WeightName> wholeProducts(ModelConfig config, AdapterSettings adapter) {
        List<WeightName> whole = AdapterShapes.whole(config, adapter);
        boolean part = !(config.tied() && adapter.method() == Method.FULL);
        return whole.stream()
                .filter(weight -> weight.shape().size() > 1)
                .filter(weight -> !(part && weight.name().equals(WeightName.EMBEDDING)))
                .toList();
    }

    private static double elements(List<WeightName> weights) {
        return weights.stream().mapToLong(WeightName::elements).sum();
    }

    /** Bytes of physical memory that a process could have now. */
    static long available() {
        try {
            // What Java calls free leaves out the page cache, which a model just mapped has filled.
            for (String line : Files.readAllLines(MEMORY)) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException e) {
            // Not Linux; Java's figure is the best there is.
        }
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getFreeMemorySize();
    }
}
