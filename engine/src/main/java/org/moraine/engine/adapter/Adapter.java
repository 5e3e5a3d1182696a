package org.moraine.engine.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
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
import org.moraine.engine.model.WeightName;
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
    private final List<AdapterMatrix> places;
    private final List<NDArray> matrices;
    private final @Nullable Digest startedFrom;

    private Adapter(
            BaseModel base,
            AdapterSettings settings,
            NDManager manager,
            List<AdapterMatrix> places,
            List<NDArray> matrices,
            @Nullable Digest startedFrom) {
        this.base = base;
        this.settings = settings;
        this.manager = manager;
        this.places = places;
        this.matrices = List.copyOf(matrices);
        this.startedFrom = startedFrom;
    }

    /**
     * An adapter that changes nothing yet.
     *
     * @param seed decides the first values; the same on every machine
     * @throws org.moraine.contracts.Refused naming {@code rank} where a projection cannot take it
     */
    public static Adapter create(BaseModel base, AdapterSettings settings, long seed) {
        if (settings.method() == Method.FULL) {
            if (base.config().architecture().quantisation() != Quantisation.NONE) {
                throw Refused.invalid("quantise", "all weights can only be trained as they are, not in fewer bits");
            }
            return copyOfWeights(base, settings);
        }
        AdapterShapes.check(base.config(), settings);
        List<AdapterMatrix> places = AdapterMatrix.all(base.config(), settings);
        SplittableRandom random = new SplittableRandom(seed);
        List<float[]> values = new ArrayList<>();
        for (Map<Projection, AdapterLayer> layer : AdapterShapes.layers(base.config(), settings)) {
            layer.values().forEach(projection -> values.addAll(projection.initial(random)));
        }
        return of(base, settings, places, values, null);
    }

    private static Adapter copyOfWeights(BaseModel base, AdapterSettings settings) {
        NDManager manager = base.manager().newSubManager();
        String copy = "  def forward(self: __torch__.Copy, x: Tensor) -> Tensor:\n    return x.to(6, False, True)\n";
        List<NDArray> matrices = new ArrayList<>();
        try (ScriptProgram program = ScriptProgram.of("Copy", copy, manager.getDevice())) {
            for (NDArray weight : base.weights()) {
                NDArray made = program.call("forward", weight).singletonOrThrow();
                made.attach(manager);
                matrices.add(made);
            }
        }
        return new Adapter(base, settings, manager, List.of(), matrices, null);
    }

    /**
     * An adapter of given values.
     *
     * @param values one array for each trainable matrix, row-major, in the order of {@link #matrices}
     */
    public static Adapter of(BaseModel base, AdapterSettings settings, List<float[]> values) {
        return of(base, settings, AdapterMatrix.all(base.config(), settings), values, null);
    }

    private static Adapter of(
            BaseModel base,
            AdapterSettings settings,
            List<AdapterMatrix> places,
            List<float[]> values,
            @Nullable Digest startedFrom) {
        NDManager manager = base.manager().newSubManager();
        List<NDArray> matrices = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            List<Long> shape = places.get(i).shape();
            matrices.add(manager.create(values.get(i), new Shape(shape.get(0), shape.get(1))));
        }
        return new Adapter(base, settings, manager, places, matrices, startedFrom);
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
        List<AdapterMatrix> places = AdapterMatrix.all(base.config(), settings);
        List<float[]> values = AdapterFiles.read(own(folder), settings, places);
        return of(base, settings, places, values, WholeFile.digest(own(folder).resolve(AdapterFiles.WEIGHTS)));
    }

    /** Where an adapter's own files are, beside what was exported for others. */
    private static Path own(Path folder) {
        Path mora = folder.resolve(MORA);
        return Files.exists(mora.resolve(AdapterFiles.CONFIG)) ? mora : folder;
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
                    folder, base.folder(), matrices, ModelFiles.declared(base.folder()), ModelFiles.SHARD_BYTES);
        } else {
            AdapterFiles.write(folder, baseModelName, settings, places, matrices);
        }
    }

    /** Compiles the base model's decoder with this adapter in it. */
    public Decoder decoder(boolean recomputed) {
        List<Map<Projection, ProjectionProgram>> programs = AdapterShapes.layers(base.config(), settings).stream()
                .map(layer -> Collections.<Projection, ProjectionProgram>unmodifiableMap(layer))
                .toList();
        return Decoder.compile(base.config(), programs, settings.method() == Method.FULL, recomputed);
    }

    public AdapterSettings settings() {
        return settings;
    }

    public ModelConfig config() {
        return base.config();
    }

    /** Every projection that has an adapter, in the order of {@link #matrices}; none where all weights are trained. */
    public List<AdaptedProjection> projections() {
        List<AdaptedProjection> projections = new ArrayList<>();
        List<Map<Projection, AdapterLayer>> layers = AdapterShapes.layers(base.config(), settings);
        int first = 0;
        for (int i = 0; i < layers.size(); i++) {
            for (Map.Entry<Projection, AdapterLayer> layer : layers.get(i).entrySet()) {
                int count = layer.getValue().parameters();
                projections.add(new AdaptedProjection(
                        AdapterShapes.path(i, layer.getKey()),
                        layer.getValue(),
                        matrices.subList(first, first + count)));
                first += count;
            }
        }
        return List.copyOf(projections);
    }

    /** The trainable matrices; the training updates them in place. */
    public List<NDArray> matrices() {
        return matrices;
    }

    /** What a forward pass takes as weights: the base model's, or, where all are trained, the trained ones. */
    public List<NDArray> weights() {
        return settings.method() == Method.FULL ? matrices : base.weights();
    }

    /** What a forward pass takes beside {@link #weights()}: nothing where the trained matrices are the weights. */
    public List<NDArray> changes() {
        return settings.method() == Method.FULL ? List.of() : matrices;
    }

    /** The digest of the file that the matrices were read from, null where they began anew. */
    public @Nullable Digest startedFrom() {
        return startedFrom;
    }

    /** A name for each of {@link #matrices()}, in their order, as a file of tensors has it. */
    public List<String> names() {
        return settings.method() == Method.FULL
                ? WeightName.all(base.config()).stream().map(WeightName::name).toList()
                : places.stream()
                        .map(place -> place.tensorName((char) ('A' + place.number())))
                        .toList();
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
