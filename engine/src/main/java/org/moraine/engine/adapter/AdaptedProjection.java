package org.moraine.engine.adapter;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * One projection of one layer with its adapter.
 *
 * @param module the path of the module, such as {@code model.layers.0.self_attn.q_proj}
 * @param matrices its trainable matrices
 */
public record AdaptedProjection(String module, AdapterLayer layer, List<NDArray> matrices) {

    public AdaptedProjection {
        matrices = List.copyOf(matrices);
    }

    /** The name of the base model's weight that is changed. */
    public String weight() {
        return module + ".weight";
    }

    /** The trainable matrices' values, row-major. */
    public List<float[]> values() {
        return matrices.stream().map(NDArray::toFloatArray).toList();
    }
}
