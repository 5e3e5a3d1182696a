package org.moraine.engine.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.moraine.contracts.Projection;
import org.moraine.engine.adapter.lora.LoraLayer;
import org.moraine.engine.adapter.mora.MoraLayer;
import org.moraine.engine.model.PlainDecoder;

/**
 * An adapter as a change of the weights, differentiable: delta-W is linear in MoRA's matrix, so it is the sum of the
 * matrix's entries times what {@link MoraLayer#delta} makes of the unit matrix at each entry.
 */
public final class PlainChange {

    private PlainChange() {}

    /**
     * @param layers what each layer's projections get
     */
    public static PlainDecoder.Change of(List<Map<Projection, AdapterLayer>> layers, List<NDArray> matrices) {
        return (layer, projection, weight) -> {
            AdapterLayer own = layers.get(layer).get(projection);
            if (own == null) {
                return weight;
            }
            int first = layers.subList(0, layer).stream()
                            .mapToInt(before -> matrices(before.values()))
                            .sum()
                    + matrices(layers.get(layer).entrySet().stream()
                            .takeWhile(entry -> entry.getKey() != projection)
                            .map(Map.Entry::getValue)
                            .toList());
            if (own instanceof LoraLayer lora) {
                // DJL frees a plain number's memory at once, though the way back still reads it.
                NDArray scale = weight.getManager().create((float) lora.scaling());
                return weight.add(
                        matrices.get(first + 1).matMul(matrices.get(first)).mul(scale));
            }
            NDArray basis = basis((MoraLayer) own, weight.getManager());
            return weight.add(matrices.get(first).reshape(1, -1).matMul(basis).reshape(weight.getShape()));
        };
    }

    private static int matrices(Collection<AdapterLayer> layers) {
        return layers.stream().mapToInt(AdapterLayer::parameters).sum();
    }

    /** (side * side) x (out * in): row q is the delta of the matrix whose entry q is one. */
    private static NDArray basis(MoraLayer layer, NDManager manager) {
        int entries = layer.side() * layer.side();
        float[] basis = new float[entries * layer.out() * layer.in()];
        int at = 0;
        for (int q = 0; q < entries; q++) {
            float[] unit = new float[entries];
            unit[q] = 1;
            for (double[] row : layer.delta(List.of(unit))) {
                for (double value : row) {
                    basis[at++] = (float) value;
                }
            }
        }
        return manager.create(basis, new Shape(entries, (long) layer.out() * layer.in()));
    }
}
