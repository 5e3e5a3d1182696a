package org.moraine.engine.model;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.moraine.contracts.Projection;

/**
 * One weight of a model.
 *
 * @param name as published, such as {@code model.layers.0.self_attn.q_proj.weight}
 * @param shape row-major
 */
public record WeightName(String name, List<Long> shape) {

    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String HEAD = "lm_head.weight";
    private static final String LAYERS = "model.layers.";
    static final String LAST_NORM = "model.norm.weight";
    static final String NORM_BEFORE_ATTENTION = "input_layernorm.weight";
    static final String NORM_AFTER_ATTENTION = "post_attention_layernorm.weight";
    static final String QUERY_NORM = "self_attn.q_norm.weight";
    static final String KEY_NORM = "self_attn.k_norm.weight";

    /** Whether it belongs to a layer. */
    public boolean isIn(int layer) {
        return name.startsWith(inModel(layer, ""));
    }

    /** Whether it is the embedding, the last norm or the head. */
    public boolean isOutsideLayers() {
        return !name.startsWith(LAYERS);
    }

    /** The layer that a weight of this name belongs to. */
    static OptionalInt layer(String name) {
        return name.startsWith(LAYERS)
                ? OptionalInt.of(Integer.parseInt(name.substring(LAYERS.length(), name.indexOf('.', LAYERS.length()))))
                : OptionalInt.empty();
    }

    /** The path of the module that has a weight of this name. */
    public static String module(String name) {
        return name.substring(0, name.lastIndexOf('.'));
    }

    /** Numbers in the weight. */
    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /**
     * All weights in the order in which programs take them: the embedding, the last norm, the head where it is not
     * tied, then each layer's.
     */
    public static List<WeightName> all(ModelConfig config) {
        List<Long> table = List.of((long) config.vocabularySize(), (long) config.hiddenSize());
        List<WeightName> names = new ArrayList<>();
        names.add(new WeightName(EMBEDDING, table));
        names.add(new WeightName(LAST_NORM, List.of((long) config.hiddenSize())));
        if (!config.tied()) {
            names.add(new WeightName(HEAD, table));
        }
        List<WeightName> inLayer = layer(config);
        for (int layer = 0; layer < config.layers(); layer++) {
            for (WeightName weight : inLayer) {
                names.add(new WeightName(inModel(layer, weight.name), weight.shape));
            }
        }
        return List.copyOf(names);
    }

    /** The whole name of a weight that has this one inside a layer. */
    static String inModel(int layer, String name) {
        return LAYERS + layer + "." + name;
    }

    /** The weights of one layer in their order, by their names inside it, such as {@code self_attn.q_proj.weight}. */
    static List<WeightName> layer(ModelConfig config) {
        List<Long> norm = List.of((long) config.hiddenSize());
        List<WeightName> names = new ArrayList<>();
        names.add(new WeightName(NORM_BEFORE_ATTENTION, norm));
        for (Projection projection : Projection.values()) {
            if (projection == Projection.GATE) {
                if (config.architecture().headNorms()) {
                    names.add(new WeightName(QUERY_NORM, List.of((long) config.headSize())));
                    names.add(new WeightName(KEY_NORM, List.of((long) config.headSize())));
                }
                names.add(new WeightName(NORM_AFTER_ATTENTION, norm));
            }
            long out = config.out(projection);
            names.add(new WeightName(matrix(projection), List.of(out, (long) config.in(projection))));
            if (config.architecture().biased().contains(projection)) {
                names.add(new WeightName(bias(projection), List.of(out)));
            }
        }
        return List.copyOf(names);
    }

    /** A projection's matrix (out x in), by its name inside a layer. */
    static String matrix(Projection projection) {
        return projection.path() + ".weight";
    }

    /** A projection's bias (out), by its name inside a layer. */
    static String bias(Projection projection) {
        return projection.path() + ".bias";
    }

    /** Which of a layer's weights has this name inside it. */
    static int inLayer(ModelConfig config, String name) {
        List<WeightName> names = layer(config);
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).name.equals(name)) {
                return i;
            }
        }
        throw new AssertionError("a layer of this model has no " + name);
    }

    /** How many weights stand before the first layer's. */
    static int beforeLayers(ModelConfig config) {
        return config.tied() ? 2 : 3;
    }
}
