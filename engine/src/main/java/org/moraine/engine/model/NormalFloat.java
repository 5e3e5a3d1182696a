package org.moraine.engine.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The numbers of NF4 (QLoRA, arXiv 2305.14314, appendix E), and of the 8-bit type that holds its blocks' scales. */
final class NormalFloat {

    /** Weights that share a scale. */
    static final int BLOCK = 64;

    /** Scales that share a scale of their own. */
    static final int SCALE_BLOCK = 256;

    /** The sixteen values, of equal probability under a normal distribution. */
    static final List<Double> VALUES = List.of(
            -1.0,
            -0.6961928009986877,
            -0.5250730514526367,
            -0.39491748809814453,
            -0.28444138169288635,
            -0.18477343022823334,
            -0.09105003625154495,
            0.0,
            0.07958029955625534,
            0.16093020141124725,
            0.24611230194568634,
            0.33791524171829224,
            0.44070982933044434,
            0.5626170039176941,
            0.7229568362236023,
            1.0);

    private static final int DECADES = 7;

    private NormalFloat() {}

    /** The 256 values of the signed dynamic type (arXiv 2110.02861): seven decades, each with twice as many steps. */
    static List<Double> dynamicValues() {
        List<Double> values = new ArrayList<>(List.of(0.0, 1.0));
        for (int decade = 0; decade < DECADES; decade++) {
            int steps = 1 << decade;
            double size = Math.pow(10, decade - DECADES + 1);
            for (int step = 0; step < steps; step++) {
                double middle = 0.1 + 0.9 * (step + 0.5) / steps;
                values.add(size * middle);
                values.add(-size * middle);
            }
        }
        return values.stream().sorted().toList();
    }

    /** The limits between neighbours: a number belongs to the value whose limit above is the first not below it. */
    static List<Double> limits(List<Double> values) {
        return IntStream.range(1, values.size())
                .mapToObj(i -> (values.get(i - 1) + values.get(i)) / 2)
                .toList();
    }

    /** A tensor of 32-bit numbers, as an expression of a program. */
    static String tensor(List<Double> values, String device) {
        return values.stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", ", "torch.tensor([", "], dtype=6, device=" + device + ")"));
    }
}
