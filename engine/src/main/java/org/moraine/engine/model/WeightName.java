package org.moraine.engine.model;

import java.util.ArrayList;
import java.util.List;
import org.moraine.contracts.Projection;

/**
 * One weight of a model.
 *
 * @param name as published, such as {@code model.layers.0.self_attn.q_proj.weight}
 * @param shape row-major
 */
public record WeightName(String name, List<Long> shape) {

    /** Weights of one layer: the norm before attention, q, k, v, o, the norm after it, gate, up, down. */
    static final int PER_LAYER = 9;

    /**
     * All weights in the order in which programs take them: the embedding, the last norm, the head where it is not
     * tied, then {@link #PER_LAYER} for each layer.
     */
    public static List<WeightName> all(ModelConfig config) {
        List<Long> norm = List.of((long) config.hiddenSize());
        List<Long> table = List.of((long) config.vocabularySize(), (long) config.hiddenSize());
        List<WeightName> names = new ArrayList<>();
        names.add(new WeightName("model.embed_tokens.weight", table));
        names.add(new WeightName("model.norm.weight", norm));
        if (!config.tied()) {
            names.add(new WeightName("lm_head.weight", table));
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = "model.layers." + layer + ".";
            names.add(new WeightName(prefix + "input_layernorm.weight", norm));
            for (Projection projection : Projection.values()) {
                if (projection == Projection.GATE) {
                    names.add(new WeightName(prefix + "post_attention_layernorm.weight", norm));
                }
                List<Long> shape = List.of((long) config.out(projection), (long) config.in(projection));
                names.add(new WeightName(prefix + projection.path() + ".weight", shape));
            }
        }
        return List.copyOf(names);
    }

    /** How many weights stand before the first layer's. */
    static int beforeLayers(ModelConfig config) {
        return config.tied() ? 2 : 3;
    }
}
