package org.moraine.engine.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.EngineException;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.safetensors.TensorHeader;
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

    private BaseModel(ModelFolder folder, DType dtype, NDManager manager, List<NDArray> weights) {
        this.folder = folder;
        this.dtype = dtype;
        this.manager = manager;
        this.weights = List.copyOf(weights);
    }

    /**
     * Maps the weights.
     *
     * @param precision the type computed in; {@code AUTO} asks {@link PrecisionProbe}
     * @throws EngineException naming the tensor that is missing or wrong
     */
    public static BaseModel load(ModelFolder folder, Precision precision) {
        Map<WeightName, ModelFolder.Place> places = folder.weights();
        Device device = Devices.best();
        DType dtype = PrecisionProbe.choose(precision, device);
        NDManager manager = NDManager.newBaseManager(device, "PyTorch");
        try (ScriptProgram program =
                ScriptProgram.of("Load", loadText(folder.config(), places, dtype, device), device)) {
            NDArray token = manager.create(0f);
            return new BaseModel(folder, dtype, manager, program.call("forward", token));
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
        return new BaseModel(folder, DType.F32, manager, weights);
    }

    private static String loadText(
            ModelConfig config, Map<WeightName, ModelFolder.Place> places, DType dtype, Device device) {
        StringBuilder text = new StringBuilder();
        text.append("  def forward(self: __torch__.Load, token: Tensor) -> List[Tensor]:\n");
        text.append("    out = annotate(List[Tensor], [])\n");
        Map<String, String> maps = new LinkedHashMap<>();
        StringBuilder slices = new StringBuilder();
        for (WeightName weight : WeightName.all(config)) {
            ModelFolder.Place place = places.get(weight);
            if (place == null) {
                throw new AssertionError("every weight has a place");
            }
            SafetensorsFile file = place.file();
            TensorHeader tensor = place.tensor();
            int bytes = tensor.dtype().bytes();
            if (tensor.offset() % bytes != 0) {
                throw new EngineException(
                        file.path() + ": tensor " + tensor.name() + " begins at byte " + tensor.offset()
                                + ", no multiple of " + bytes + "; write the file again with an aligned header");
            }
            String map = maps.computeIfAbsent(
                    file.path() + "|" + tensor.dtype(),
                    key -> "f" + maps.size() + " = torch.from_file("
                            + quoted(file.path().toAbsolutePath().toString())
                            + ", False, " + file.size() / bytes + ", dtype="
                            + tensor.dtype().torchCode() + ")");
            long begin = tensor.offset() / bytes;
            slices.append("    out.append(torch.slice(")
                    .append(map, 0, map.indexOf(' '))
                    .append(", 0, ")
                    .append(begin)
                    .append(", ")
                    .append(begin + tensor.elements())
                    .append(").view(")
                    .append(tensor.shape())
                    .append(")")
                    .append(device.isGpu() ? ".to(torch.device(\"cuda:0\"), " + dtype.torchCode() + ")" : "")
                    .append(device.isGpu() || tensor.dtype() == dtype ? "" : ".to(" + dtype.torchCode() + ")")
                    .append(")\n");
        }
        maps.values().forEach(map -> text.append("    ").append(map).append('\n'));
        return text.append(slices).append("    return out\n").toString();
    }

    /** A string literal of the program's language; the path comes from outside. */
    private static String quoted(String path) {
        StringBuilder quoted = new StringBuilder("\"");
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            if (b >= ' ' && b < 127 && b != '"' && b != '\\') {
                quoted.append((char) b);
            } else {
                quoted.append(String.format("\\%03o", b & 0xff));
            }
        }
        return quoted.append('"').toString();
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

    public NDManager manager() {
        return manager;
    }

    @Override
    public void close() {
        manager.close();
    }
}
