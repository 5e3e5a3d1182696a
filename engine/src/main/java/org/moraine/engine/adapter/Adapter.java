package org.moraine.engine.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.Refused;
import org.moraine.engine.WholeFile;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.ModelFiles;
import org.moraine.engine.model.ProjectionProgram;
import org.moraine.engine.model.TrainedParts;
import org.moraine.engine.torchscript.ScriptProgram;

/**
 * The trainable matrices of one adapter on one base model, 32 bits wide, in native memory: layer by layer, in each
 * layer the targets in {@link Projection}'s order. For {@link Method#FULL} they are a copy of all weights.
 */
public final class Adapter implements AutoCloseable {

    /** Where native MoRA files lie in a folder that holds their LoRA form. */
    public static final String MORA = "mora";

    private final BaseModel base;
    private final AdapterSettings settings;
    private final NDManager manager;
    private final List<TrainedTensor> trained;
    private final List<NDArray> matrices;
    private final @Nullable Digest startedFrom;

    private Adapter(
            BaseModel base,
            AdapterSettings settings,
            NDManager manager,
            List<TrainedTensor> trained,
            List<NDArray> matrices,
            @Nullable Digest startedFrom) {
        this.base = base;
        this.settings = settings;
        this.manager = manager;
        this.trained = trained;
        this.matrices = List.copyOf(matrices);
        this.startedFrom = startedFrom;
    }

    /**
     * An adapter that changes nothing yet; what is trained whole begins as the base model has it.
     *
     * @param seed decides the first values; the same on every machine
     * @throws org.moraine.contracts.Refused as {@link AdapterShapes#check} does
     */
    public static Adapter create(BaseModel base, AdapterSettings settings, long seed) {
        if (settings.method() == Method.FULL && base.config().architecture().quantisation() != Quantisation.NONE) {
            throw Refused.invalid("quantise", "all weights can only be trained as they are, not in fewer bits");
        }
        AdapterShapes.check(base.config(), settings);
        List<TrainedTensor> trained = TrainedTensor.all(base.config(), settings);
        SplittableRandom random = new SplittableRandom(seed);
        Deque<float[]> initial = new ArrayDeque<>();
        for (Map<Projection, AdapterLayer> layer : AdapterShapes.layers(base.config(), settings)) {
            layer.values().forEach(projection -> initial.addAll(projection.initial(random)));
        }
        NDManager manager = base.manager().newSubManager();
        List<NDManager> owners = owners(base, settings, trained, manager);
        String copy = "  def forward(self: __torch__.Copy, x: Tensor) -> Tensor:\n    return x.to(6, False, True)\n";
        List<NDArray> matrices = new ArrayList<>();
        try (ScriptProgram program = ScriptProgram.of("Copy", copy, manager.getDevice())) {
            for (int i = 0; i < trained.size(); i++) {
                String weight = trained.get(i).weight();
                if (weight == null) {
                    matrices.add(owners.get(i).create(initial.remove(), shape(trained.get(i))));
                } else {
                    NDArray made = program.call("forward", base.weight(weight)).singletonOrThrow();
                    made.attach(owners.get(i));
                    matrices.add(made);
                }
            }
        }
        return new Adapter(base, settings, manager, trained, matrices, null);
    }

    /** A manager for each trained tensor, of the device that its layer is on; they end with the adapter's own. */
    private static List<NDManager> owners(
            BaseModel base, AdapterSettings settings, List<TrainedTensor> trained, NDManager manager) {
        List<NDManager> ofDevices =
                base.devices().stream().map(manager::newSubManager).toList();
        ModelConfig computed = WholeModules.computed(base.config(), settings);
        return parts(base.config(), settings, trained).devices(computed, base.spread()).stream()
                .map(ofDevices::get)
                .toList();
    }

    private static TrainedParts parts(ModelConfig config, AdapterSettings settings, List<TrainedTensor> trained) {
        List<Map<Projection, ProjectionProgram>> programs = AdapterShapes.layers(config, settings).stream()
                .map(Collections::<Projection, ProjectionProgram>unmodifiableMap)
                .toList();
        return new TrainedParts(
                programs,
                trained.stream()
                        .flatMap(tensor -> Stream.ofNullable(tensor.weight()))
                        .collect(Collectors.toUnmodifiableSet()));
    }

    private static Shape shape(TrainedTensor tensor) {
        return new Shape(tensor.shape().stream().mapToLong(Long::longValue).toArray());
    }

    /**
     * An adapter of given values.
     *
     * @param values one array for each trainable matrix, row-major, in the order of {@link #matrices}
     */
    public static Adapter of(BaseModel base, AdapterSettings settings, List<float[]> values) {
        return of(base, settings, TrainedTensor.all(base.config(), settings), values, null);
    }

    private static Adapter of(
            BaseModel base,
            AdapterSettings settings,
            List<TrainedTensor> trained,
            List<float[]> values,
            @Nullable Digest startedFrom) {
        NDManager manager = base.manager().newSubManager();
        List<NDManager> owners = owners(base, settings, trained, manager);
        List<NDArray> matrices = new ArrayList<>();
        for (int i = 0; i < trained.size(); i++) {
            matrices.add(owners.get(i).create(values.get(i), shape(trained.get(i))));
        }
        return new Adapter(base, settings, manager, trained, matrices, startedFrom);
    }

    /**
     * An adapter with these low-rank changes, and with what is trained whole as it is here.
     *
     * @param lora settings with this adapter's targets and whole modules
     * @param factors for each of {@link #projections}, of the settings' rank
     */
    public Adapter factorised(AdapterSettings lora, List<LowRank> factors) {
        Map<String, float[]> values = new HashMap<>();
        List<AdaptedProjection> projections = projections();
        for (int i = 0; i < factors.size(); i++) {
            String module = projections.get(i).module();
            values.put(TrainedTensor.loraName(module, 'A'), factors.get(i).a());
            values.put(TrainedTensor.loraName(module, 'B'), factors.get(i).b());
        }
        for (int i = 0; i < trained.size(); i++) {
            if (trained.get(i).weight() != null) {
                values.put(names().get(i), matrices.get(i).toFloatArray());
            }
        }
        List<float[]> ordered = new ArrayList<>();
        for (TrainedTensor tensor : TrainedTensor.all(base.config(), lora)) {
            ordered.add(Objects.requireNonNull(values.get(tensor.names().get(0)), "a factor for each projection"));
        }
        return of(base, lora, ordered);
    }

    /**
     * Reads an adapter's folder, a MoRA fork's or PEFT's. Where the folder holds native MoRA files under {@code mora/},
     * beside their LoRA form for others, those are read.
     *
     * @throws org.moraine.engine.EngineException naming the file, key or tensor that does not fit this base model
     */
    public static Adapter read(BaseModel base, Path folder) {
        return read(base, folder, settings(base.config(), folder));
    }

    /**
     * Reads an adapter's folder to train it further.
     *
     * @param dropout of the training to come, whatever the adapter was trained with
     * @throws org.moraine.engine.EngineException as {@link #read(BaseModel, Path)} does
     */
    public static Adapter read(BaseModel base, Path folder, double dropout) {
        AdapterSettings found = settings(base.config(), folder);
        return read(
                base,
                folder,
                new AdapterSettings(
                        found.method(),
                        found.moraType(),
                        found.rank(),
                        found.alpha(),
                        dropout,
                        found.targets(),
                        found.variation()));
    }

    private static AdapterSettings settings(ModelConfig config, Path folder) {
        return AdapterConfigFile.read(own(folder).resolve(AdapterFiles.CONFIG), config);
    }

    private static Adapter read(BaseModel base, Path folder, AdapterSettings settings) {
        List<TrainedTensor> trained = TrainedTensor.all(base.config(), settings);
        List<float[]> values = AdapterFiles.read(own(folder), trained);
        return of(base, settings, trained, values, WholeFile.digest(own(folder).resolve(AdapterFiles.WEIGHTS)));
    }

    /**
     * The files that {@link #read} reads, of all those in a folder.
     *
     * @param all paths in the folder, with {@code /}
     */
    public static List<String> ownFiles(Collection<String> all) {
        String place = own(all::contains);
        return List.of(place + AdapterFiles.CONFIG, place + AdapterFiles.WEIGHTS);
    }

    private static Path own(Path folder) {
        return folder.resolve(own(path -> Files.exists(folder.resolve(path))));
    }

    /** Where an adapter's own files are, beside what was exported for others. */
    private static String own(Predicate<String> isThere) {
        return isThere.test(MORA + "/" + AdapterFiles.CONFIG) ? MORA + "/" : "";
    }

    /**
     * Writes the adapter's files; for {@link Method#FULL} a whole model folder. Each file is moved into place when it
     * is complete, the configuration last.
     *
     * @param baseModelName what {@code base_model_name_or_path} is to say
     */
    public void write(Path folder, String baseModelName) {
        if (settings.method() == Method.FULL) {
            ModelFiles.write(
                    folder,
                    base.folder(),
                    config(),
                    matrices,
                    ModelFiles.declared(base.folder()),
                    ModelFiles.SHARD_BYTES);
        } else {
            AdapterFiles.write(folder, baseModelName, settings, trained, matrices);
        }
    }

    /** The same adapter, as it is now, on the same base model on another device, with memory of its own. */
    public Adapter on(BaseModel other) {
        List<float[]> values = matrices.stream().map(NDArray::toFloatArray).toList();
        return of(other, settings, trained, values, startedFrom);
    }

    /** Compiles the base model's decoder with this adapter in it. */
    public Decoder decoder(boolean recomputed) {
        TrainedParts parts = parts(base.config(), settings, trained);
        return Decoder.compile(config(), parts, recomputed, base.spread(), manager.getDevice());
    }

    public AdapterSettings settings() {
        return settings;
    }

    /** The shape of what is computed: the base model's, with a head of its own where embedding and head parted. */
    public ModelConfig config() {
        return WholeModules.computed(base.config(), settings);
    }

    /** Every projection that has an adapter, in the order of {@link #matrices}; none where all weights are trained. */
    public List<AdaptedProjection> projections() {
        List<AdaptedProjection> projections = new ArrayList<>();
        List<Map<Projection, AdapterLayer>> layers = AdapterShapes.layers(base.config(), settings);
        List<NDArray> own = new ArrayList<>();
        for (int i = 0; i < trained.size(); i++) {
            if (trained.get(i).weight() == null) {
                own.add(matrices.get(i));
            }
        }
        int first = 0;
        for (int i = 0; i < layers.size(); i++) {
            for (Map.Entry<Projection, AdapterLayer> layer : layers.get(i).entrySet()) {
                int count = layer.getValue().parameters();
                projections.add(new AdaptedProjection(
                        AdapterShapes.path(i, layer.getKey()), layer.getValue(), own.subList(first, first + count)));
                first += count;
            }
        }
        return List.copyOf(projections);
    }

    /** The weights that are trained whole, by their names; all where no adapter is trained. */
    public Map<String, NDArray> whole() {
        Map<String, NDArray> whole = new LinkedHashMap<>();
        for (int i = 0; i < trained.size(); i++) {
            String weight = trained.get(i).weight();
            if (weight != null) {
                whole.put(weight, matrices.get(i));
            }
        }
        return whole;
    }

    /**
     * What is trained, adapters' matrices and weights trained whole, as {@link TrainedParts} orders it; the training
     * updates it in place.
     */
    public List<NDArray> matrices() {
        return matrices;
    }

    /**
     * What a program takes as weights: the base model's. Those that are trained whole are among them; the program puts the
     * trained ones in their place.
     */
    public List<NDArray> weights() {
        return base.weights(config());
    }

    /** The digest of the file that the matrices were read from, null where they began anew. */
    public @Nullable Digest startedFrom() {
        return startedFrom;
    }

    /** A name for each of {@link #matrices()}, in their order, as a file of tensors has it. */
    public List<String> names() {
        return trained.stream().map(tensor -> tensor.names().get(0)).toList();
    }

    /** How many numbers are trained. */
    public long trainableParameters() {
        return matrices.stream().mapToLong(NDArray::size).sum();
    }

    @Override
    public void close() {
        manager.close();
    }
}
