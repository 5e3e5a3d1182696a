package org.moraine.engine.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.moraine.contracts.Refused;
import org.moraine.engine.safetensors.DType;

/**
 * How a model's layers are spread over devices: each device has layers that follow one another, the first one the
 * embedding too, the last one the last norm and the head. Where embedding and head are one matrix, it stays whole: norm
 * and head are on the first device, and what the last layer makes goes back there.
 *
 * @param counts layers on each device
 * @param head the device of the last norm and the head, from 0
 */
public record LayerSpread(List<Integer> counts, int head) {

    public LayerSpread {
        counts = List.copyOf(counts);
    }

    /**
     * Over this many devices, so that the fullest holds as few bytes of weights as can be.
     *
     * @param config with its quantisation
     * @param dtype the type computed in
     * @throws Refused naming {@code spread_layers} where there are fewer layers than devices
     */
    public static LayerSpread over(ModelConfig config, DType dtype, int devices) {
        if (devices < 1 || devices > config.layers()) {
            throw Refused.invalid(
                    "spread_layers",
                    "spread_layers is from 1 to " + config.layers() + ", as many layers as the model has, not "
                            + devices);
        }
        LayerSpread one = new LayerSpread(Collections.nCopies(devices, 1), config.tied() ? 0 : devices - 1);
        List<Integer> counts = new ArrayList<>(one.counts);
        List<Long> held = one.weightBytes(config, dtype);
        for (int rest = config.layers() - devices; rest > 0; rest--) {
            int emptiest = held.indexOf(Collections.min(held));
            counts.set(emptiest, counts.get(emptiest) + 1);
            held.set(emptiest, held.get(emptiest) + layerBytes(config, dtype));
        }
        return new LayerSpread(counts, one.head);
    }

    /** The bytes of weights on each device; tables that all layers share are left out. */
    public List<Long> weightBytes(ModelConfig config, DType dtype) {
        List<Long> bytes = new ArrayList<>();
        counts.forEach(count -> bytes.add(count * layerBytes(config, dtype)));
        for (WeightName weight : WeightName.all(config).subList(0, WeightName.beforeLayers(config))) {
            int device = of(weight.name());
            bytes.set(device, bytes.get(device) + weight.elements() * dtype.bytes());
        }
        return bytes;
    }

    private static long layerBytes(ModelConfig config, DType dtype) {
        long outside = WeightName.all(config).subList(0, WeightName.beforeLayers(config)).stream()
                .mapToLong(weight -> weight.elements() * dtype.bytes())
                .sum();
        return (config.weightBytes(dtype) - outside) / config.layers();
    }

    /** How many devices. */
    public int devices() {
        return counts.size();
    }

    /** The first layer of each device, and behind them the number of all layers. */
    List<Integer> bounds() {
        return IntStream.rangeClosed(0, devices())
                .mapToObj(device -> counts.subList(0, device).stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .toList();
    }

    /** The device of a layer. */
    public int of(int layer) {
        List<Integer> bounds = bounds();
        return IntStream.range(0, devices())
                .filter(device -> layer < bounds.get(device + 1))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no layer " + layer));
    }

    /** The device of a weight of this name. */
    public int of(String weight) {
        return WeightName.layer(weight).isPresent()
                ? of(WeightName.layer(weight).getAsInt())
                : weight.equals(WeightName.EMBEDDING) ? 0 : head;
    }
}
