package org.moraine.engine.model;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.TargetModules;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.contracts.Variation;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.adapter.AdapterShapes;

/**
 * Writes programs of small models whose layers are spread over two devices, with the shapes, types and devices of what
 * they take, for {@code src/interop/devices.py}: it runs them on devices that are only pretended, which refuse to be mixed.
 */
public final class SpreadPrograms {

    private static final JsonMapper JSON = new JsonMapper();

    private SpreadPrograms() {}

    private record Tensor(int device, List<Long> shape, String type) {

        static Tensor of(int device, NDArray array) {
            return new Tensor(
                    device,
                    Arrays.stream(array.getShape().getShape()).boxed().toList(),
                    array.getDataType().toString());
        }
    }

    /** The first argument is the folder to write into. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        AdapterSettings beside = new AdapterSettings(
                Method.LORA,
                1,
                3,
                6,
                0,
                TargetModules.all(),
                new Variation(false, null, null, List.of("embed_tokens", "norm", "1.mlp.down_proj")));
        write(folder.resolve("tied-kept.json"), BaseModel.random(SmallModels.awkward(), 1, 2), mora(1), false);
        write(folder.resolve("whole-modules.json"), BaseModel.random(SmallModels.untied(), 1, 2), beside, true);
        write(folder.resolve("parted.json"), BaseModel.random(SmallModels.awkward(), 1, 2), beside, true);
        write(
                folder.resolve("full.json"),
                BaseModel.random(SmallModels.windowed(), 1, 2),
                AdapterSettings.full(),
                true);
        ModelFolder biased = ModelFolder.open(Path.of(args[1]));
        write(folder.resolve("nf4.json"), BaseModel.load(biased, Precision.FP32, Quantisation.NF4, 2), mora(6), true);
    }

    private static AdapterSettings mora(int type) {
        return AdapterSettings.mora(type, 3);
    }

    private static void write(Path file, BaseModel made, AdapterSettings settings, boolean recomputed)
            throws IOException {
        try (BaseModel base = made;
                Adapter adapter = Adapter.create(base, settings, 3)) {
            List<Map<Projection, ProjectionProgram>> programs = AdapterShapes.layers(base.config(), settings).stream()
                    .map(layer -> Collections.<Projection, ProjectionProgram>unmodifiableMap(layer))
                    .toList();
            TrainedParts parts = new TrainedParts(programs, adapter.whole().keySet());
            ModelConfig config = adapter.config();
            List<Integer> devices = parts.devices(config, base.spread());
            List<Tensor> trained = new ArrayList<>();
            for (int i = 0; i < devices.size(); i++) {
                trained.add(Tensor.of(devices.get(i), adapter.matrices().get(i)));
            }
            JSON.writeValue(
                    file.toFile(),
                    Map.of(
                            "text",
                            new DecoderText(config, parts, recomputed, base.spread()).text(),
                            "vocabulary",
                            config.vocabularySize(),
                            "weights",
                            weights(base, adapter),
                            "trained",
                            trained));
        }
    }

    /** Behind the published weights stand NF4's tables, and then what belongs to each matrix, layer by layer. */
    private static List<Tensor> weights(BaseModel base, Adapter adapter) {
        List<WeightName> published = WeightName.all(adapter.config());
        int tables = base.config().architecture().quantisation() == Quantisation.NF4 ? 2 : 0;
        int behind = adapter.weights().size() - published.size() - tables;
        List<Tensor> weights = new ArrayList<>();
        for (NDArray weight : adapter.weights()) {
            int at = weights.size() - published.size() - tables;
            int device = weights.size() < published.size()
                    ? base.spread().of(published.get(weights.size()).name())
                    : at < 0 ? 0 : base.spread().of(at * base.config().layers() / behind);
            weights.add(Tensor.of(device, weight));
        }
        return weights;
    }
}
