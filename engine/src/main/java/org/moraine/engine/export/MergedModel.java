package org.moraine.engine.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.moraine.engine.adapter.AdaptedProjection;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.WeightName;

/** A base model's weights with an adapter's changes added, each rounded once from 64 bits. */
final class MergedModel {

    private MergedModel() {}

    /**
     * Merges; what the adapter does not change is the base model's own.
     *
     * @param base 32 bits wide
     * @param owner of the new arrays
     * @return in the order of {@link WeightName#all} of the adapter's shape
     */
    static List<NDArray> weights(BaseModel base, Adapter adapter, NDManager owner) {
        Map<String, AdaptedProjection> changed = new HashMap<>();
        adapter.projections().forEach(projection -> changed.put(projection.weight(), projection));
        Map<String, NDArray> whole = adapter.whole();
        List<NDArray> merged = new ArrayList<>();
        for (WeightName name : WeightName.all(adapter.config())) {
            NDArray weight = whole.getOrDefault(name.name(), base.weight(name.name()));
            AdaptedProjection projection = changed.get(name.name());
            merged.add(projection == null ? weight : sum(weight, projection, owner));
        }
        return merged;
    }

    private static NDArray sum(NDArray weight, AdaptedProjection projection, NDManager owner) {
        float[] values = weight.toFloatArray();
        double[][] delta = projection.layer().delta(projection.values());
        int in = delta[0].length;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] + delta[i / in][i % in]);
        }
        return owner.newSubManager(weight.getDevice()).create(values, weight.getShape());
    }
}
