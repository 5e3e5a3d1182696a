package org.moraine.engine.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.WeightName;

/**
 * One trained tensor: a matrix of a projection's adapter, or a weight of the base model that is trained whole.
 *
 * @param names what files call it; two where MoRA's one matrix stands in PEFT's file twice
 * @param weight the weight that it begins as and takes the place of, null for a matrix of an adapter
 */
record TrainedTensor(
        List<String> names, List<Long> shape, @Nullable String weight) {

    private static final String PEFT = "base_model.model.";

    /**
     * All of them in the order in which the programs take them.
     *
     * @param config the base model's
     */
    static List<TrainedTensor> all(ModelConfig config, AdapterSettings settings) {
        String prefix = settings.method() == Method.FULL ? "" : PEFT;
        List<TrainedTensor> all = new ArrayList<>();
        List<WeightName> whole = WholeModules.weights(config, settings);
        List<Map<Projection, AdapterLayer>> layers = AdapterShapes.layers(config, settings);
        whole.stream().filter(WeightName::isOutsideLayers).forEach(weight -> all.add(of(prefix, weight)));
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            layers.get(i).forEach((projection, adapter) -> {
                String module = PEFT + AdapterShapes.path(layer, projection);
                all.addAll(matrices(module, adapter, settings.method()));
            });
            whole.stream().filter(weight -> weight.isIn(layer)).forEach(weight -> all.add(of(prefix, weight)));
        }
        return List.copyOf(all);
    }

    private static TrainedTensor of(String prefix, WeightName weight) {
        return new TrainedTensor(List.of(prefix + weight.name()), weight.shape(), weight.name());
    }

    private static List<TrainedTensor> matrices(String module, AdapterLayer adapter, Method method) {
        List<TrainedTensor> matrices = new ArrayList<>();
        String a = matrixName(module, 'A');
        if (method == Method.COVERING) {
            return List.of(new TrainedTensor(
                    List.of(module + ".covering.weight"), adapter.shapes().get(0), null));
        }
        for (List<Long> shape : adapter.shapes()) {
            String own = matrixName(module, (char) ('A' + matrices.size()));
            List<String> names = method == Method.MORA ? List.of(a, matrixName(module, 'B')) : List.of(own);
            matrices.add(new TrainedTensor(names, shape, null));
        }
        return matrices;
    }

    private static String matrixName(String module, char letter) {
        return module + ".lora_" + letter + ".weight";
    }

    /** The name of LoRA's matrix {@code letter} of a module in PEFT's files. */
    static String loraName(String module, char letter) {
        return matrixName(PEFT + module, letter);
    }
}
