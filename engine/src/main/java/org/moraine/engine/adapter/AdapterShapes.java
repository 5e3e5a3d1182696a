package org.moraine.engine.adapter;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.ModulePattern;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TargetModules;
import org.moraine.engine.adapter.lora.LoraLayer;
import org.moraine.engine.adapter.mora.MoraLayer;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.WeightName;

/** What an adapter's settings mean for a model's shape. Pure Java: no native code is loaded. */
public final class AdapterShapes {

    private AdapterShapes() {}

    /**
     * What each layer's targets get, one map for each layer of the model, in their order; empty maps for
     * {@link Method#FULL}.
     *
     * @throws Refused naming {@code rank} where a projection cannot compute it, {@code target_modules} where a name or
     *     the pattern means nothing in this model
     */
    public static List<Map<Projection, AdapterLayer>> layers(ModelConfig config, AdapterSettings settings) {
        List<Map<Projection, AdapterLayer>> layers = new ArrayList<>();
        Map<Shape, AdapterLayer> made = new HashMap<>();
        for (int i = 0; i < config.layers(); i++) {
            Map<Projection, AdapterLayer> layer = new EnumMap<>(Projection.class);
            for (Projection projection : Projection.values()) {
                String path = path(i, projection);
                if (!WholeModules.include(settings, path) && settings.targets().include(path)) {
                    layer.put(
                            projection,
                            made.computeIfAbsent(
                                    Shape.of(config, settings, projection, path), shape -> shape.layer(settings)));
                }
            }
            layers.add(layer);
        }
        if (settings.method() != Method.FULL) {
            requireKnown(config, settings.targets());
        }
        return List.copyOf(layers);
    }

    /** The path of a projection's module. */
    static String path(int layer, Projection projection) {
        return "model.layers." + layer + "." + projection.path();
    }

    /** What decides a projection's adapter. */
    private record Shape(int out, int in, int rank, double scaling) {

        static Shape of(ModelConfig config, AdapterSettings settings, Projection projection, String path) {
            return new Shape(
                    config.out(projection), config.in(projection), settings.rank(path), settings.scaling(path));
        }

        AdapterLayer layer(AdapterSettings settings) {
            return switch (settings.method()) {
                case MORA -> MoraLayer.of(settings.moraType(), out, in, rank, settings.dropout());
                case COVERING -> MoraLayer.of(MoraLayer.COVERING, out, in, rank, settings.dropout());
                case LORA -> new LoraLayer(out, in, rank, scaling, settings.dropout());
                case FULL -> throw new AssertionError("all weights are trained without an adapter");
            };
        }
    }

    private static void requireKnown(ModelConfig config, TargetModules targets) {
        for (TargetModules one : targets.each()) {
            if (paths(config).noneMatch(one::include)) {
                throw Refused.invalid(
                        "target_modules",
                        "target_modules: '" + one + "' is no projection of this model, whose layers are 0 to "
                                + (config.layers() - 1));
            }
        }
    }

    private static Stream<String> paths(ModelConfig config) {
        return IntStream.range(0, config.layers())
                .boxed()
                .flatMap(layer -> Stream.of(Projection.values()).map(projection -> path(layer, projection)));
    }

    /**
     * Checks that the settings fit the model for a training.
     *
     * @return how many numbers would be trained
     * @throws Refused naming the field: {@code rank} where a projection cannot take it, {@code target_modules}, {@code
     *     modules_to_save}, {@code rank_pattern} or {@code alpha_pattern} where a name or a key means nothing in this
     *     model
     */
    public static long check(ModelConfig config, AdapterSettings settings) {
        if (settings.method() == Method.FULL) {
            return config.parameters();
        }
        requireUsed("rank_pattern", config, settings.variation().rankPattern().keySet());
        requireUsed("alpha_pattern", config, settings.variation().alphaPattern().keySet());
        WholeModules.check(config, settings);
        long parameters =
                whole(config, settings).stream().mapToLong(WeightName::elements).sum();
        for (Map<Projection, AdapterLayer> layer : layers(config, settings)) {
            for (AdapterLayer adapted : layer.values()) {
                adapted.requireUseful();
                parameters += adapted.elements();
            }
        }
        return parameters;
    }

    /** The weights that are trained whole; the embedding and the head both where they parted. */
    public static List<WeightName> whole(ModelConfig config, AdapterSettings settings) {
        return WholeModules.weights(config, settings);
    }

    private static void requireUsed(String field, ModelConfig config, Set<String> keys) {
        for (String key : keys) {
            if (paths(config).noneMatch(new ModulePattern(key)::matchesEnd)) {
                throw Refused.invalid(field, "'" + key + "' of " + field + " matches no projection of this model");
            }
        }
    }
}
