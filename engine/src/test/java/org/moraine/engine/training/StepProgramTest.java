package org.moraine.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Projection;
import org.moraine.contracts.TargetModules;
import org.moraine.contracts.Variation;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.adapter.AdapterLayer;
import org.moraine.engine.adapter.AdapterShapes;
import org.moraine.engine.adapter.PlainChange;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.PlainDecoder;
import org.moraine.engine.model.SmallModels;
import org.moraine.engine.model.WeightName;

/** Every step program is held against the plain decoder: loss, gradients, and the update itself. */
class StepProgramTest {

    /** Tokens of each example; the steps take them in a row, the plain decoder one by one. */
    private static final int[] LENGTHS = {11, 3, 8, 1};

    record Case(String name, ModelFolder folder, AdapterSettings settings, boolean recomputed) {
        @Override
        public String toString() {
            return name + (recomputed ? ", layers recomputed" : ", layers kept");
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (ModelFolder folder : List.of(SmallModels.awkward(), SmallModels.untied())) {
            for (boolean recomputed : new boolean[] {false, true}) {
                for (int type : new int[] {1, 2, 3, 4, 6}) {
                    cases.add(new Case(
                            folder.name() + ", MoRA " + type, folder, AdapterSettings.mora(type, 3), recomputed));
                }
                cases.add(new Case(folder.name() + ", covering", folder, AdapterSettings.covering(1), recomputed));
                cases.add(new Case(folder.name() + ", LoRA", folder, AdapterSettings.lora(3, 5), recomputed));
                cases.add(new Case(folder.name() + ", all weights", folder, AdapterSettings.full(), recomputed));
                for (Method method : new Method[] {Method.MORA, Method.LORA}) {
                    cases.add(new Case(
                            folder.name() + ", " + method.word() + " that differs by layer",
                            folder,
                            differing(method),
                            recomputed));
                }
                cases.addAll(wholeModules(folder, recomputed));
                cases.add(new Case(
                        folder.name() + ", MoRA on v and down",
                        folder,
                        new AdapterSettings(Method.MORA, 1, 2, 2, 0, EnumSet.of(Projection.V, Projection.DOWN)),
                        recomputed));
            }
        }
        for (ModelFolder folder : List.of(SmallModels.windowed(), SmallModels.biased())) {
            for (boolean recomputed : new boolean[] {false, true}) {
                cases.addAll(wholeModules(folder, recomputed));
                cases.add(new Case(folder.name() + ", MoRA", folder, AdapterSettings.mora(6, 2), recomputed));
                cases.add(new Case(folder.name() + ", all weights", folder, AdapterSettings.full(), recomputed));
            }
        }
        return cases.stream();
    }

    /** Adapters beside modules that are trained whole, some of which would be their targets. */
    private static List<Case> wholeModules(ModelFolder folder, boolean recomputed) {
        List<Case> cases = new ArrayList<>();
        for (List<String> modules : List.of(
                List.of("embed_tokens"),
                List.of("lm_head"),
                List.of("lm_head", "model.embed_tokens", "norm"),
                List.of("1.mlp.down_proj", "q_proj", "layers.0.input_layernorm"))) {
            for (Method method : new Method[] {Method.MORA, Method.LORA}) {
                cases.add(new Case(
                        folder.name() + ", " + method.word() + " beside " + modules,
                        folder,
                        new AdapterSettings(
                                method, 1, 2, 3, 0, TargetModules.all(), new Variation(false, null, null, modules)),
                        recomputed));
            }
        }
        return cases;
    }

    /** Layer 0 has two targets of unlike ranks, layer 1 another, and a third layer none. */
    private static AdapterSettings differing(Method method) {
        return new AdapterSettings(
                method,
                1,
                2,
                3,
                0,
                TargetModules.of(
                        List.of("layers.0.self_attn.q_proj", "layers.0.mlp.down_proj", "layers.1.mlp.up_proj")),
                new Variation(
                        method == Method.LORA, Map.of("0.self_attn.q_proj", 4), Map.of("down_proj", 7.0), List.of()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lossAndGradientsAreThePlainOnes(Case given) {
        try (BaseModel base = BaseModel.random(given.folder, 7);
                Adapter adapter = moved(Adapter.create(base, given.settings, 3));
                Decoder decoder = adapter.decoder(given.recomputed);
                NDManager scope = base.manager().newSubManager()) {
            Batch batch = Batch.random(scope, given.folder.config().vocabularySize());

            NDList computed =
                    decoder.lossAndGradients(batch.parts(), adapter.weights(), adapter.matrices(), update(batch));

            NDList expected = plainLossAndGradients(base, adapter, batch);
            assertThat(computed).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(relativeDifference(computed.get(i), expected.get(i)))
                        .as("gradient " + (i - 1))
                        .isLessThan(2e-5);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anUpdateIsClippedAdamW(Case given) {
        try (BaseModel base = BaseModel.random(given.folder, 8);
                Adapter adapter = moved(Adapter.create(base, given.settings, 4));
                Decoder decoder = adapter.decoder(given.recomputed);
                NDManager scope = base.manager().newSubManager()) {
            Batch batch = Batch.random(scope, given.folder.config().vocabularySize());
            NDList expected = plainLossAndGradients(base, adapter, batch);
            List<NDArray> gradients = expected.subList(1, expected.size());
            double norm = Math.sqrt(gradients.stream()
                    .mapToDouble(g -> g.square().sum().toFloatArray()[0])
                    .sum());
            List<float[]> before =
                    adapter.matrices().stream().map(NDArray::toFloatArray).toList();
            double clip = norm / 2;
            Decoder.Update update = new Decoder.Update(1, 0.01, batch.labelled, -1, clip, 0.1);

            double right = decoder.scores(batch.row(0, LENGTHS.length), adapter.weights(), adapter.matrices())
                    .toDoubleArray()[1];

            float[] made = decoder.step(
                            List.of(batch.row(0, LENGTHS.length)),
                            adapter.weights(),
                            adapter.matrices(),
                            zeros(scope, adapter),
                            zeros(scope, adapter),
                            update)
                    .toFloatArray();

            assertThat(made[1]).isCloseTo((float) (right / batch.labelled), Percentage.withPercentage(0.01));
            assertThat(made[2]).isCloseTo((float) norm, Percentage.withPercentage(0.01));
            for (int i = 0; i < before.size(); i++) {
                float[] gradient = gradients.get(i).toFloatArray();
                float[] after = adapter.matrices().get(i).toFloatArray();
                boolean decays = adapter.matrices().get(i).getShape().dimension() > 1;
                for (int k = 0; k < after.length; k++) {
                    // The first step of Adam with bias correction: g / (|g| + eps), the decay decoupled from it.
                    double g = gradient[k] * clip / norm;
                    double decayed = before.get(i)[k] * (decays ? 1 - 0.01 * 0.1 : 1);
                    double step = Math.abs(g) < 1e-6 ? Double.NaN : decayed - 0.01 * g / (Math.abs(g) + 1e-8);
                    if (!Double.isNaN(step)) {
                        assertThat((double) after[k]).isCloseTo(step, Offset.offset(2e-4));
                    }
                }
            }
        }
    }

    private static Decoder.Update update(Batch batch) {
        return new Decoder.Update(1, 0.01, batch.labelled, -1, 1e9, 0);
    }

    private static List<NDArray> zeros(NDManager scope, Adapter adapter) {
        return adapter.matrices().stream().map(m -> scope.zeros(m.getShape())).toList();
    }

    /** Moves a fresh adapter away from zero, where half of its gradients would vanish. */
    private static Adapter moved(Adapter adapter) {
        SplittableRandom random = new SplittableRandom(5);
        for (NDArray matrix : adapter.matrices()) {
            float[] shift = new float[(int) matrix.size()];
            for (int i = 0; i < shift.length; i++) {
                shift[i] = (float) (0.1 * random.nextGaussian());
            }
            matrix.addi(matrix.getManager().create(shift, matrix.getShape()));
        }
        return adapter;
    }

    private static NDList plainLossAndGradients(BaseModel base, Adapter adapter, Batch batch) {
        List<Map<Projection, AdapterLayer>> layers = AdapterShapes.layers(base.config(), adapter.settings());
        List<NDArray> trainable = adapter.matrices();
        trainable.forEach(StepProgramTest::requireGradient);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            List<NDArray> matrices = adapter.projections().stream()
                    .flatMap(projection -> projection.matrices().stream())
                    .toList();
            PlainDecoder plain =
                    new PlainDecoder(adapter.config(), trainedWeights(adapter), PlainChange.of(layers, matrices));
            NDArray loss = batch.loss(plain);
            collector.backward(loss);

            NDList result = new NDList(loss);
            trainable.forEach(matrix -> result.add(matrix.getGradient().duplicate()));
            return result;
        } finally {
            trainable.forEach(matrix -> matrix.setRequiresGradient(false));
        }
    }

    /** The weights with those that are trained whole in their places. */
    private static List<NDArray> trainedWeights(Adapter adapter) {
        List<NDArray> weights = new ArrayList<>(adapter.weights());
        List<String> names =
                WeightName.all(adapter.config()).stream().map(WeightName::name).toList();
        adapter.whole().forEach((name, weight) -> weights.set(names.indexOf(name), weight));
        return weights;
    }

    /** DJL's fresh gradient is memory as it was found, and clearing it by subtraction keeps a NaN. */
    private static void requireGradient(NDArray matrix) {
        matrix.setRequiresGradient(true);
        matrix.getGradient().set(new float[(int) matrix.size()]);
    }

    private static double relativeDifference(NDArray a, NDArray b) {
        double scale = Math.max(1e-4, b.abs().max().toFloatArray()[0]);
        return a.sub(b).abs().max().toFloatArray()[0] / scale;
    }

    private record Batch(NDManager manager, List<long[]> ids, List<long[]> labels, long labelled) {

        /** Random ids; about a third of the labels is missing, but no example is without. */
        static Batch random(NDManager manager, int vocabulary) {
            SplittableRandom random = new SplittableRandom(11);
            List<long[]> ids = new ArrayList<>();
            List<long[]> labels = new ArrayList<>();
            for (int length : LENGTHS) {
                ids.add(random.longs(length, 0, vocabulary).toArray());
                long[] own = random.longs(length, -vocabulary / 2, vocabulary)
                        .map(label -> Math.max(-1, label))
                        .toArray();
                own[length - 1] = random.nextLong(vocabulary);
                labels.add(own);
            }
            return new Batch(
                    manager,
                    ids,
                    labels,
                    labels.stream().mapToLong(Batch::labelled).sum());
        }

        private static long labelled(long[] labels) {
            return Arrays.stream(labels).filter(label -> label >= 0).count();
        }

        /** The batch as two micro-batches of unlike size. */
        List<Decoder.Row> parts() {
            return List.of(row(0, 1), row(1, LENGTHS.length));
        }

        Decoder.Row row(int from, int to) {
            long[] ends = new long[to - from];
            for (int e = from; e < to; e++) {
                ends[e - from] = LENGTHS[e] + (e == from ? 0 : ends[e - from - 1]);
            }
            return new Decoder.Row(
                    manager.create(joined(ids.subList(from, to))),
                    manager.create(joined(labels.subList(from, to))),
                    manager.create(ends));
        }

        private static long[] joined(List<long[]> parts) {
            return parts.stream().flatMapToLong(Arrays::stream).toArray();
        }

        /** The mean over all labels, each example on its own. */
        NDArray loss(PlainDecoder plain) {
            NDArray sum = manager.create(0f);
            for (int e = 0; e < LENGTHS.length; e++) {
                Shape shape = new Shape(1, LENGTHS[e]);
                NDArray share = manager.create((float) labelled(labels.get(e)) / labelled);
                sum = sum.add(plain.loss(manager.create(ids.get(e), shape), manager.create(labels.get(e), shape))
                        .mul(share));
            }
            return sum;
        }
    }
}
