package org.moraine.engine.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.moraine.contracts.Projection;

/**
 * What of a decoder is trained, in the order in which programs take it: the weights outside the layers that are trained
 * whole, as {@link WeightName#all} has them; then, layer by layer, what adapters add to its projections, in {@link
 * Projection}'s order, and those of its own weights that are trained whole.
 *
 * @param adapted for each layer what is added to its projections; one left out is plain
 * @param whole names of the weights that are trained themselves, such as {@code lm_head.weight}; no adapter is on them,
 *     and a projection's matrix and bias are both there or neither
 */
public record TrainedParts(List<Map<Projection, ProjectionProgram>> adapted, Set<String> whole) {

    public TrainedParts {
        adapted = List.copyOf(adapted);
        whole = Set.copyOf(whole);
    }

    /** The base model alone. */
    public static TrainedParts nothing(ModelConfig config) {
        return new TrainedParts(Collections.nCopies(config.layers(), Map.of()), Set.of());
    }

    /**
     * What is trained of one layer.
     *
     * @param whole names inside the layer
     */
    record OfLayer(Map<Projection, ProjectionProgram> adapted, Set<String> whole) {

        /** Trained tensors. */
        int count() {
            return whole.size()
                    + adapted.values().stream()
                            .mapToInt(ProjectionProgram::parameters)
                            .sum();
        }

        boolean trains(String weight) {
            return whole.contains(weight);
        }

        boolean trains(Projection projection) {
            return trains(WeightName.matrix(projection));
        }
    }

    OfLayer layer(ModelConfig config, int layer) {
        return new OfLayer(
                adapted.get(layer),
                WeightName.layer(config).stream()
                        .map(WeightName::name)
                        .filter(name -> whole.contains(WeightName.inModel(layer, name)))
                        .collect(Collectors.toUnmodifiableSet()));
    }

    /** The weights outside the layers that are trained whole. */
    List<String> outside(ModelConfig config) {
        return WeightName.all(config).subList(0, WeightName.beforeLayers(config)).stream()
                .map(WeightName::name)
                .filter(whole::contains)
                .toList();
    }

    /** The device of each trained tensor; it is where the weights are that it belongs to. */
    public List<Integer> devices(ModelConfig config, LayerSpread spread) {
        List<Integer> devices = new ArrayList<>();
        outside(config).forEach(weight -> devices.add(spread.of(weight)));
        for (int layer = 0; layer < config.layers(); layer++) {
            devices.addAll(Collections.nCopies(layer(config, layer).count(), spread.of(layer)));
        }
        return devices;
    }

    /**
     * A weight that is trained whole.
     *
     * @param weight its place in {@link WeightName#all}
     * @param trained its place in the trainable list
     */
    record Place(int weight, int trained) {}

    List<Place> places(ModelConfig config) {
        List<WeightName> names = WeightName.all(config);
        List<Place> places = new ArrayList<>();
        int trained = 0;
        for (int i = 0; i < names.size(); i++) {
            int at = i - WeightName.beforeLayers(config);
            int inLayer = WeightName.layer(config).size();
            if (at >= 0 && at % inLayer == 0) {
                trained += adapted.get(at / inLayer).values().stream()
                        .mapToInt(ProjectionProgram::parameters)
                        .sum();
            }
            if (whole.contains(names.get(i).name())) {
                places.add(new Place(i, trained++));
            }
        }
        return places;
    }
}
