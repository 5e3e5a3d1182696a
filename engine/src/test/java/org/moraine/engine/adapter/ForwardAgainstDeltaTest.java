package org.moraine.engine.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.engine.adapter.lora.LoraLayer;
import org.moraine.engine.adapter.mora.MoraLayer;
import org.moraine.engine.torchscript.ScriptProgram;

/** What the program text computes for a projection is W x + delta x, with delta from the definition, element by element. */
class ForwardAgainstDeltaTest {

    private static final int TOKENS = 6;

    static Stream<AdapterLayer> layers() {
        int[][] shapes = {{16, 16}, {24, 40}, {40, 24}, {7, 31}, {31, 7}, {13, 13}, {64, 5}, {5, 64}, {17, 90}};
        List<AdapterLayer> layers = new ArrayList<>();
        for (int[] shape : shapes) {
            for (int rank : new int[] {1, 2, 5}) {
                for (int type : new int[] {1, 2, 3, 4, 6, MoraLayer.COVERING}) {
                    int side = MoraLayer.side(type, shape[0], shape[1], rank);
                    if (side <= 2 * shape[1]) {
                        layers.add(MoraLayer.of(type, shape[0], shape[1], rank, 0));
                    }
                }
                layers.add(new LoraLayer(shape[0], shape[1], rank, 3, 0));
            }
        }
        layers.add(new MoraLayer(2, 6, 4, 6, 0)); // more groups than inputs
        layers.add(new MoraLayer(4, 5, 4, 7, 0)); // wider than both sides
        return layers.stream();
    }

    @ParameterizedTest
    @MethodSource("layers")
    void programEqualsDelta(AdapterLayer layer) {
        int out = outOf(layer);
        int in = inOf(layer);
        SplittableRandom random = new SplittableRandom(1);
        List<float[]> matrices = new ArrayList<>();
        for (List<Long> shape : layer.shapes()) {
            matrices.add(gaussian(random, (int) (shape.get(0) * shape.get(1))));
        }
        float[] weight = gaussian(random, out * in);
        float[] input = gaussian(random, TOKENS * in);

        float[] computed = run(layer, matrices, weight, input, out, in);

        double[][] delta = layer.delta(matrices);
        for (int row = 0; row < TOKENS; row++) {
            for (int o = 0; o < out; o++) {
                double expected = 0;
                for (int j = 0; j < in; j++) {
                    expected += (weight[o * in + j] + delta[o][j]) * input[row * in + j];
                }
                assertThat((double) computed[row * out + o]).isCloseTo(expected, Offset.offset(2e-4));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("layers")
    void aLowRankFormIsTheSameChange(AdapterLayer layer) {
        SplittableRandom random = new SplittableRandom(2);
        List<float[]> matrices = layer.shapes().stream()
                .map(shape -> gaussian(random, (int) (shape.get(0) * shape.get(1))))
                .toList();
        Optional<LowRank> form = layer.lowRank(matrices);
        boolean turns =
                layer instanceof MoraLayer mora && Set.of(6, MoraLayer.COVERING).contains(mora.type());
        assertThat(form.isEmpty()).isEqualTo(turns);
        if (turns) {
            return;
        }

        LowRank padded = form.orElseThrow().padded(form.orElseThrow().rank() + 3);

        double[][] delta = layer.delta(matrices);
        int in = inOf(layer);
        for (int o = 0; o < outOf(layer); o++) {
            for (int j = 0; j < in; j++) {
                double sum = 0;
                for (int r = 0; r < padded.rank(); r++) {
                    sum += (double) padded.b()[o * padded.rank() + r] * padded.a()[r * in + j];
                }
                assertThat(sum).isCloseTo(delta[o][j], Offset.offset(1e-5));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"24, 40, 2", "7, 31, 1", "5, 64, 1", "17, 90, 2", "12, 96, 1"})
    void theCoveringRotationReadsEveryInputWhereTypeSixLeavesSomeOut(int out, int in, int rank) {
        MoraLayer covering = MoraLayer.of(MoraLayer.COVERING, out, in, rank, 0);
        MoraLayer six = MoraLayer.of(6, out, in, rank, 0);
        float[] ones = new float[covering.side() * covering.side()];
        Arrays.fill(ones, 1);

        assertThat(readInputs(covering.delta(List.of(ones)))).isEqualTo(in);
        assertThat(readInputs(six.delta(List.of(ones)))).isLessThan(in);
    }

    @ParameterizedTest
    @CsvSource({"40, 24, 2", "13, 13, 3", "64, 5, 1"})
    void theCoveringRotationIsTypeSixWhereThatReadsAllInputs(int out, int in, int rank) {
        MoraLayer covering = MoraLayer.of(MoraLayer.COVERING, out, in, rank, 0);
        float[] matrix = gaussian(new SplittableRandom(4), covering.side() * covering.side());

        assertThat(covering.delta(List.of(matrix)))
                .isDeepEqualTo(MoraLayer.of(6, out, in, rank, 0).delta(List.of(matrix)));
    }

    /** Columns that are not zero. */
    private static long readInputs(double[][] delta) {
        return IntStream.range(0, delta[0].length)
                .filter(j -> Arrays.stream(delta).anyMatch(row -> row[j] != 0))
                .count();
    }

    private static float[] run(
            AdapterLayer layer, List<float[]> matrices, float[] weight, float[] input, int out, int in) {
        String text = layer.forwardMethod("Layer", "project")
                + layer.preparation().map(p -> p.methods("Layer")).orElse("")
                + "  def forward(self: __torch__.Layer, x: Tensor, w: Tensor, a: List[Tensor]) -> Tensor:\n"
                + "    u = "
                + layer.preparation().map(p -> "self." + p.name() + "(x)").orElse("x") + "\n"
                + "    return self.project(x, u, torch.linear(x, w), a, 0)\n";
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                ScriptProgram program = ScriptProgram.of("Layer", text, Device.cpu())) {
            List<NDArray> a = new ArrayList<>();
            for (int i = 0; i < matrices.size(); i++) {
                List<Long> shape = layer.shapes().get(i);
                a.add(manager.create(matrices.get(i), new Shape(shape.get(0), shape.get(1))));
            }
            return program.call(
                            "forward",
                            manager.create(input, new Shape(TOKENS, in)),
                            manager.create(weight, new Shape(out, in)),
                            a)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    private static float[] gaussian(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static int outOf(AdapterLayer layer) {
        return layer instanceof MoraLayer mora ? mora.out() : ((LoraLayer) layer).out();
    }

    private static int inOf(AdapterLayer layer) {
        return layer instanceof MoraLayer mora ? mora.in() : ((LoraLayer) layer).in();
    }
}
