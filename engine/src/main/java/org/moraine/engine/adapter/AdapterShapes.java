package org.moraine.engine.adapter;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Refused;
import org.moraine.engine.adapter.lora.LoraLayer;
import org.moraine.engine.adapter.mora.MoraLayer;
import org.moraine.engine.model.ModelConfig;

/** What an adapter's settings mean for a model's shape. Pure Java: no native code is loaded. */
public final class AdapterShapes {

    private AdapterShapes() {}

    /**
     * The layer of each target; empty for {@link Method#FULL}.
     *
     * @throws Refused naming {@code rank} where a projection cannot compute it
     */
    public static Map<Projection, AdapterLayer> layers(ModelConfig config, AdapterSettings settings) {
        Map<Projection, AdapterLayer> layers = new EnumMap<>(Projection.class);
        if (settings.method() == Method.FULL) {
            return layers;
        }
        for (Projection target : settings.targets()) {
            int out = config.out(target);
            int in = config.in(target);
            layers.put(
                    target,
                    settings.method() == Method.MORA
                            ? MoraLayer.of(settings.moraType(), out, in, settings.rank(), settings.dropout())
                            : new LoraLayer(out, in, settings.rank(), settings.alpha(), settings.dropout()));
        }
        return layers;
    }

    /**
     * Checks that the settings fit the model for a training.
     *
     * @return how many numbers would be trained
     * @throws Refused naming {@code rank} where a projection cannot take it
     */
    public static long check(ModelConfig config, AdapterSettings settings) {
        if (settings.method() == Method.FULL) {
            return config.parameters();
        }
        Map<Projection, AdapterLayer> layers = layers(config, settings);
        layers.values().forEach(AdapterLayer::requireUseful);
        return config.layers()
                * layers.values().stream()
                        .flatMap(layer -> layer.shapes().stream())
                        .mapToLong(AdapterShapes::elements)
                        .sum();
    }

    static long elements(List<Long> shape) {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
