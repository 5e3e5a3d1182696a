package org.moraine.engine.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.EngineException;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.torchscript.ScriptProgram;

/**
 * A base model's weights in native memory. Where the file's type is the one computed in, they are the mapped file
 * itself: no copy, shared by every process that maps it.
 */
public final class BaseModel implements AutoCloseable {

    private static final double INITIAL_DEVIATION = 0.02;

    /** The rest is for what is computed. */
    private static final double SHARE_OF_GPU = 0.8;

    private static final String GATES_AS_ONE = """
              def forward(self: __torch__.Gates, gates: List[Tensor]) -> List[Tensor]:
                out = annotate(List[Tensor], [])
                for gate in gates:
                  out.append(torch.as_strided(gate, [2 * gate.size(0), gate.size(1)], [gate.size(1), 1]))
                return out
            """;

    private final ModelFolder folder;
    private final ModelConfig config;
    private final DType dtype;
    private final NDManager manager;
    private final LayerSpread spread;
    private final List<Device> devices;
    private final List<NDArray> weights;
    private final boolean gatesTouch;
    private final @Nullable Long drawnFrom;

    private BaseModel(
            ModelFolder folder,
            ModelConfig config,
            DType dtype,
            NDManager manager,
            LayerSpread spread,
            List<Device> devices,
            List<NDArray> weights,
            boolean gatesTouch,
            @Nullable Long drawnFrom) {
        this.folder = folder;
        this.config = config;
        this.dtype = dtype;
        this.manager = manager;
        this.spread = spread;
        this.devices = List.copyOf(devices);
        this.gatesTouch = gatesTouch;
        this.drawnFrom = drawnFrom;
        this.weights = List.copyOf(weights);
    }

    /**
     * Maps the weights. Those of another type than the one computed in, and all on a GPU, are converted piece by
     * piece, so that there is never a second copy.
     *
     * @param precision the type computed in; {@code AUTO} asks {@link PrecisionProbe}
     * @throws EngineException naming the tensor that is missing or wrong
     */
    public static BaseModel load(ModelFolder folder, Precision precision) {
        return load(folder, precision, Quantisation.NONE);
    }

    /**
     * As {@link #load(ModelFolder, Precision)}, with the layers' matrices in fewer bits, one of them wide at a time. Where
     * one GPU does not hold the weights, the layers are spread over as few as do.
     */
    public static BaseModel load(ModelFolder folder, Precision precision, Quantisation quantisation) {
        DType dtype = PrecisionProbe.choose(precision, Devices.best());
        ModelConfig config = folder.config().quantised(quantisation);
        long bytes =
                Devices.best().isGpu() ? (long) (SHARE_OF_GPU * Machine.kind(1).memory()) : Long.MAX_VALUE;
        int devices = 1;
        while (devices < Math.min(Machine.devices(), config.layers())
                && Collections.max(LayerSpread.over(config, dtype, devices).weightBytes(config, dtype)) > bytes) {
            devices++;
        }
        return load(folder, precision, quantisation, devices);
    }

    /**
     * As {@link #load(ModelFolder, Precision, Quantisation)}, with the layers spread over several devices: the GPUs of
     * this machine or, where it has none, the CPU several times. Each weight goes straight to its own.
     *
     * @throws Refused naming {@code devices} where there are fewer, {@code spread_layers} where there are fewer layers
     */
    public static BaseModel load(ModelFolder folder, Precision precision, Quantisation quantisation, int devices) {
        Devices.require(devices);
        DType dtype = PrecisionProbe.choose(precision, Devices.best());
        LayerSpread spread = LayerSpread.over(folder.config().quantised(quantisation), dtype, devices);
        return load(folder, dtype, quantisation, spread, Devices.first(devices));
    }

    /** @param devices as many as the spread has */
    private static BaseModel load(
            ModelFolder folder, DType dtype, Quantisation quantisation, LayerSpread spread, List<Device> devices) {
        ModelConfig config = folder.config().quantised(quantisation);
        QuantisedText quantised = new QuantisedText(config);
        List<ModelFolder.Place> places = folder.weights();
        LoadText text = new LoadText(places, quantised, dtype, spread, devices.get(0));
        NDManager manager = NDManager.newBaseManager(devices.get(0), "PyTorch");
        try (ScriptProgram program = ScriptProgram.of(LoadText.CLASS, text.text(), devices.get(0))) {
            List<NDArray> tokens = devices.stream()
                    .map(device -> manager.newSubManager(device).create(0f))
                    .toList();
            Iterator<NDArray> mapped = text.mapsAny()
                    ? program.call(LoadText.MAPPED, tokens.get(0)).iterator()
                    : Collections.emptyIterator();
            List<Iterator<NDArray>> rooms = new ArrayList<>();
            for (int device = 0; device < tokens.size(); device++) {
                rooms.add(
                        text.reducesAny()
                                ? program.call(LoadText.room(device), tokens.get(device))
                                        .iterator()
                                : Collections.emptyIterator());
            }
            List<NDArray> weights = new ArrayList<>();
            List<NDArray> behind = new ArrayList<>();
            if (quantisation == Quantisation.NF4) {
                behind.addAll(program.call("tables", tokens.get(0)));
            }
            for (int i = 0; i < places.size(); i++) {
                if (text.maps(i)) {
                    weights.add(mapped.next());
                    continue;
                }
                int device = spread.of(places.get(i).tensor().name());
                NDArray token = tokens.get(device);
                try (NDArray place = manager.create(text.place(i))) {
                    if (!text.reduces(i)) {
                        weights.add(
                                program.call(text.converting(i), token, place).singletonOrThrow());
                        continue;
                    }
                    List<NDArray> part = Stream.generate(rooms.get(device)::next)
                            .limit(1 + quantised.perMatrix())
                            .toList();
                    program.call(text.converting(i), token, place, part).close();
                    weights.add(part.get(0));
                    behind.addAll(part.subList(1, part.size()));
                }
            }
            weights.addAll(behind);
            boolean gatesTouch = !config.architecture().biased().contains(Projection.GATE)
                    && gates(config).stream().allMatch(gate -> text.touch(gate, gate + 1));
            return new BaseModel(folder, config, dtype, manager, spread, devices, weights, gatesTouch, null);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /**
     * A model that knows nothing yet: matrices from a normal distribution of deviation 0.02, norms of ones, biases of
     * zeros; 32 bits.
     * The same seed gives the same weights on every machine.
     */
    public static BaseModel random(ModelFolder folder, long seed) {
        return random(folder, seed, 1);
    }

    /** As {@link #random(ModelFolder, long)}, with the layers spread over several devices. */
    public static BaseModel random(ModelFolder folder, long seed, int devices) {
        Devices.require(devices);
        LayerSpread spread = LayerSpread.over(folder.config(), DType.F32, devices);
        return random(folder, seed, spread, Devices.first(devices));
    }

    private static BaseModel random(ModelFolder folder, long seed, LayerSpread spread, List<Device> devices) {
        NDManager manager = NDManager.newBaseManager(devices.get(0), "PyTorch");
        List<NDManager> owners = devices.stream().map(manager::newSubManager).toList();
        SplittableRandom random = new SplittableRandom(seed);
        List<NDArray> weights = new ArrayList<>();
        for (WeightName weight : WeightName.all(folder.config())) {
            float[] values = new float[Math.toIntExact(weight.elements())];
            boolean matrix = weight.shape().size() > 1;
            float other = weight.name().endsWith(".bias") ? 0 : 1;
            for (int i = 0; i < values.length; i++) {
                values[i] = matrix ? (float) (INITIAL_DEVIATION * random.nextGaussian()) : other;
            }
            weights.add(owners.get(spread.of(weight.name())).create(values, shape(weight.shape())));
        }
        return new BaseModel(folder, folder.config(), DType.F32, manager, spread, devices, weights, false, seed);
    }

    static Shape shape(List<Long> dimensions) {
        return new Shape(dimensions.stream().mapToLong(Long::longValue).toArray());
    }

    /**
     * Refuses this model on as many devices, whole on each.
     *
     * @throws Refused naming {@code devices} where this machine has fewer, or this model's layers are spread over several
     */
    public void requireCopies(int count) {
        if (count > 1 && spread.devices() > 1) {
            throw Refused.invalid(
                    "devices",
                    "the layers of the base model are spread over " + spread.devices()
                            + " devices; batches are then not divided over " + count + " devices too");
        }
        Devices.require(count);
    }

    /**
     * The same weights on every device that a training is to be divided over: this model first, then new ones, which the
     * caller closes. On a machine without a GPU each device is the CPU, and mapped weights are in memory once.
     *
     * @throws Refused as {@link #requireCopies} does
     */
    public List<BaseModel> onDevices(int count) {
        requireCopies(count);
        List<BaseModel> models = new ArrayList<>(List.of(this));
        try {
            for (int number = 1; number < count; number++) {
                List<Device> device = List.of(Devices.number(number));
                models.add(
                        drawnFrom == null
                                ? load(folder, dtype, config.architecture().quantisation(), spread, device)
                                : random(folder, drawnFrom, spread, device));
            }
            return models;
        } catch (RuntimeException e) {
            models.subList(1, models.size()).forEach(BaseModel::close);
            throw e;
        }
    }

    /**
     * What generation takes behind all weights. Where the layers are held in int8, the output head in int8 too, made here
     * anew, and its scales: one prompt's next token costs what reading the weights costs. Else, where each layer's gate and
     * up matrix touch in the mapped file, both as one (2 feed-forward x hidden), no copy.
     *
     * @param owner of the new arrays
     */
    public List<NDArray> forGeneration(NDManager owner) {
        boolean codes = config.architecture().quantisation() == Quantisation.INT8;
        if (!codes && !gatesTouch) {
            return List.of();
        }
        Device device = manager.getDevice();
        try (ScriptProgram program = codes
                ? ScriptProgram.of("Head", QuantisedText.wholeMatrix("Head"), device)
                : ScriptProgram.of("Gates", GATES_AS_ONE, device)) {
            NDList made = program.call(
                    "forward",
                    codes
                            ? weight(WeightName.HEAD)
                            : gates(config).stream().map(weights::get).toList());
            made.attach(owner);
            return made;
        }
    }

    /** The places of the layers' gate matrices among all weights; the up matrix stands behind each. */
    private static List<Integer> gates(ModelConfig config) {
        int first = WeightName.beforeLayers(config) + WeightName.inLayer(config, WeightName.matrix(Projection.GATE));
        return IntStream.range(0, config.layers())
                .mapToObj(layer -> first + layer * WeightName.layer(config).size())
                .toList();
    }

    public ModelFolder folder() {
        return folder;
    }

    public ModelConfig config() {
        return config;
    }

    /** The type computed in. */
    public DType dtype() {
        return dtype;
    }

    /** The weights in the order of {@link WeightName#all}; where they are in fewer bits, as a decoder of them takes them. */
    public List<NDArray> weights() {
        return weights;
    }

    /**
     * The weights as a decoder of another shape takes them.
     *
     * @param computed this model's shape, or the same with a head of its own, which then is the embedding once more
     */
    public List<NDArray> weights(ModelConfig computed) {
        if (computed.tied() == config.tied()) {
            return weights;
        }
        List<NDArray> untied = new ArrayList<>(weights);
        untied.add(WeightName.beforeLayers(config), weights.get(0));
        return untied;
    }

    /** The weight of this name; the embedding is the head too where they are tied. */
    public NDArray weight(String name) {
        List<WeightName> names = WeightName.all(config);
        String own = config.tied() && name.equals(WeightName.HEAD) ? WeightName.EMBEDDING : name;
        return IntStream.range(0, names.size())
                .filter(i -> names.get(i).name().equals(own))
                .mapToObj(weights::get)
                .findFirst()
                .orElseThrow(() -> new AssertionError("this model has no " + name));
    }

    /**
     * A digest of what decides the weights: the files read, or the shape and the seed that they were drawn from, and
     * how they are quantised. Reads the files whole.
     */
    public Digest digest() {
        Quantisation quantisation = config.architecture().quantisation();
        if (drawnFrom != null) {
            return Digest.of((config + "\t" + drawnFrom).getBytes(StandardCharsets.UTF_8));
        }
        Digest files = folder.files().digest();
        return quantisation == Quantisation.NONE
                ? files
                : Digest.of((files + "\t" + quantisation).getBytes(StandardCharsets.UTF_8));
    }

    /** Of the device that the first layers are on; what is made elsewhere belongs to it too. */
    public NDManager manager() {
        return manager;
    }

    /** The devices that the weights are on. */
    public List<Device> devices() {
        return devices;
    }

    /** Which of its devices each layer is on. */
    public LayerSpread spread() {
        return spread;
    }

    @Override
    public void close() {
        manager.close();
    }
}
