import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsWriter;

/**
 * The engine's logits, 32 bits wide, as a safetensors file for the interoperability suite to compare.
 *
 * <pre>java -cp CLASS_PATH Logits.java IDS.json (BASE ADAPTER|- OUT)...</pre>
 */
public final class Logits {

    public static void main(String[] arguments) throws Exception {
        long[][] ids = new ObjectMapper().readValue(Path.of(arguments[0]).toFile(), long[][].class);
        for (int i = 1; i + 2 < arguments.length; i += 3) {
            write(ids, Path.of(arguments[i]), arguments[i + 1], Path.of(arguments[i + 2]));
        }
    }

    private static void write(long[][] ids, Path base, String adapter, Path out) {
        try (BaseModel model = BaseModel.load(ModelFolder.open(base), Precision.FP32)) {
            if (adapter.equals("-")) {
                try (Decoder decoder = Decoder.plain(model)) {
                    write(ids, model, decoder, model.weights(), List.of(), out);
                }
            } else {
                try (Adapter read = Adapter.read(model, Path.of(adapter));
                        Decoder decoder = read.decoder(false)) {
                    write(ids, model, decoder, read.weights(), read.matrices(), out);
                }
            }
        }
    }

    private static void write(
            long[][] ids,
            BaseModel model,
            Decoder decoder,
            List<NDArray> weights,
            List<NDArray> matrices,
            Path out) {
        try (NDManager scope = model.manager().newSubManager()) {
            long[] flat = Arrays.stream(ids).flatMapToLong(Arrays::stream).toArray();
            float[] logits = decoder.logits(scope.create(flat, new Shape(ids.length, ids[0].length)), weights, matrices)
                    .toFloatArray();
            List<Long> shape = List.of(
                    (long) ids.length,
                    (long) ids[0].length,
                    (long) model.config().vocabularySize());
            SafetensorsWriter.write(out, List.of(new SafetensorsWriter.Tensor("logits", DType.F32, shape, () -> logits)));
        }
    }
}
