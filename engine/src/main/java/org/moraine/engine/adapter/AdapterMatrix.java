package org.moraine.engine.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Projection;
import org.moraine.engine.model.ModelConfig;

/**
 * One trainable matrix of an adapter.
 *
 * @param module the path of the module it belongs to, such as {@code model.layers.0.self_attn.q_proj}
 * @param number which of the module's matrices it is, from 0
 * @param shape rows and columns
 */
record AdapterMatrix(String module, int number, List<Long> shape) {

    /** All matrices in the order in which the programs take them. */
    static List<AdapterMatrix> all(ModelConfig config, AdapterSettings settings) {
        List<Map<Projection, AdapterLayer>> layers = AdapterShapes.layers(config, settings);
        List<AdapterMatrix> all = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            for (Map.Entry<Projection, AdapterLayer> layer : layers.get(i).entrySet()) {
                String module = AdapterShapes.path(i, layer.getKey());
                List<List<Long>> shapes = layer.getValue().shapes();
                for (int number = 0; number < shapes.size(); number++) {
                    all.add(new AdapterMatrix(module, number, shapes.get(number)));
                }
            }
        }
        return List.copyOf(all);
    }

    /** The name of LoRA's matrix {@code letter} of this module in PEFT's files. */
    String tensorName(char letter) {
        return "base_model.model." + module + ".lora_" + letter + ".weight";
    }
}
