package org.moraine.engine.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
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

    private final ModelFolder folder;
    private final DType dtype;
    private final NDManager manager;
    private final List<NDArray> weights;
    private final @Nullable Long drawnFrom;

    private BaseModel(
            ModelFolder folder, DType dtype, NDManager manager, List<NDArray> weights, @Nullable Long drawnFrom) {
        this.folder = folder;
        this.dtype = dtype;
        this.manager = manager;
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
        Device device = Devices.best();
        DType dtype = PrecisionProbe.choose(precision, device);
        List<ModelFolder.Place> places = folder.weights();
        LoadText text = new LoadText(places, dtype, device);
        NDManager manager = NDManager.newBaseManager(device, "PyTorch");
        try (ScriptProgram program = ScriptProgram.of(LoadText.CLASS, text.text(), device)) {
            NDArray token = manager.create(0f);
            Iterator<NDArray> mapped =
                    text.mapsAny() ? program.call(LoadText.MAPPED, token).iterator() : Collections.emptyIterator();
            List<NDArray> weights = new ArrayList<>();
            for (int i = 0; i < places.size(); i++) {
                weights.add(
                        text.maps(i)
                                ? mapped.next()
                                : program.call(LoadText.converted(i), token).singletonOrThrow());
            }
            return new BaseModel(folder, dtype, manager, weights, null);
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
        NDManager manager = NDManager.newBaseManager(Devices.best(), "PyTorch");
        SplittableRandom random = new SplittableRandom(seed);
        List<NDArray> weights = new ArrayList<>();
        for (WeightName weight : WeightName.all(folder.config())) {
            float[] values = new float[Math.toIntExact(weight.elements())];
            boolean matrix = weight.shape().size() > 1;
            float other = weight.name().endsWith(".bias") ? 0 : 1;
            for (int i = 0; i < values.length; i++) {
                values[i] = matrix ? (float) (INITIAL_DEVIATION * random.nextGaussian()) : other;
            }
            weights.add(manager.create(values, shape(weight.shape())));
        }
        return new BaseModel(folder, DType.F32, manager, weights, seed);
    }

    static Shape shape(List<Long> dimensions) {
        return new Shape(dimensions.stream().mapToLong(Long::longValue).toArray());
    }

    public ModelFolder folder() {
        return folder;
    }

    public ModelConfig config() {
        return folder.config();
    }

    /** The type computed in. */
    public DType dtype() {
        return dtype;
    }

    /** The weights in the order of {@link WeightName#all}. */
    public List<NDArray> weights() {
        return weights;
    }

    /**
     * A digest of what decides the weights: the files read, or the shape and the seed that they were drawn from. Reads
     * the files whole.
     */
    public Digest digest() {
        return drawnFrom == null
                ? folder.files().digest()
                : Digest.of((config() + "\t" + drawnFrom).getBytes(StandardCharsets.UTF_8));
    }

    public NDManager manager() {
        return manager;
    }

    @Override
    public void close() {
        manager.close();
    }
}
