package org.moraine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.adapter.AdapterShapes;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.torchscript.ScriptProgram;

/** A matrix of more blocks than one scale of scales serves, with blocks of zeros, there and back. */
class QuantisedTextTest {

    private static final SafetensorsFile EXPECTED =
            SafetensorsFile.open(Path.of("src/test/resources/models/quantised/expected.safetensors"));

    @ParameterizedTest
    @CsvSource({"INT8, 1000000", "NF4, 1000000", "INT8, 16384", "NF4, 16384"})
    void aMatrixComesBackAsThePublishedAlgorithmGivesIt(Quantisation quantisation, String numbersAtOneTime) {
        ModelConfig config = SmallModels.awkward().config().quantised(quantisation);
        int published = WeightName.all(config).size();
        QuantisedText quantised = new QuantisedText(config);
        String text = QuantisedText.quantising(DecoderText.CLASS)
                + quantised.text(numbersAtOneTime)
                + "  def reduced(self: __torch__.Decoder, token: Tensor) -> List[Tensor]:\n"
                + "    count = 66 * 250\n"
                + "    room = " + quantised.room(List.of(66L, 250L)) + "\n"
                + quantised.reduction("      x = torch.slice(token.view([-1]), 0, lo, hi)\n", 1000)
                + """
                    return room
                  def there_and_back(self: __torch__.Decoder, x: Tensor) -> Tensor:
                    w = annotate(List[Tensor], [])
                    for n in range(PUBLISHED):
                      w.append(x)
                    w.extend(self.tables(x))
                    w.extend(self.reduced(x))
                    return self.wide(w, PUBLISHED + 2, PUBLISHED + 3, 66, 250)
                """.replace("PUBLISHED", Integer.toString(published));
        try (ScriptProgram program = ScriptProgram.of(DecoderText.CLASS, text, Device.cpu());
                NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {

            float[] back = program.call("there_and_back", manager.create(EXPECTED.floats("matrix"), new Shape(66, 250)))
                    .singletonOrThrow()
                    .toFloatArray();

            assertThat(back)
                    .containsExactly(EXPECTED.floats(quantisation.name().toLowerCase(Locale.ROOT)), within(1e-8f));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "NF4"})
    void aStepGoesThroughFewerBitsAsThroughTheMatricesThatComeBack(Quantisation quantisation) {
        ModelFolder folder = ModelFolder.open(Path.of("src/test/resources/models/llama-biases"));
        AdapterSettings settings = AdapterSettings.mora(6, 3);
        List<Map<Projection, ProjectionProgram>> programs = AdapterShapes.layers(folder.config(), settings).stream()
                .map(layer -> Collections.<Projection, ProjectionProgram>unmodifiableMap(layer))
                .toList();
        try (BaseModel base = BaseModel.load(folder, Precision.FP32, quantisation);
                Adapter adapter = Adapter.create(base, settings, 3);
                Decoder decoder = adapter.decoder(true);
                Decoder plain = Decoder.compile(
                        folder.config(), new TrainedParts(programs, Set.of()), false, base.spread(), Device.cpu());
                NDManager scope = base.manager().newSubManager()) {
            List<Decoder.Row> rows = List.of(new Decoder.Row(
                    scope.create(new long[] {5, 9, 60, 3, 31, 8}),
                    scope.create(new long[] {9, 60, -1, 31, 8, 2}),
                    scope.create(new long[] {2, 6})));
            Decoder.Update update = new Decoder.Update(1, 0.01, 5, -1, 1e9, 0);

            NDList computed = decoder.lossAndGradients(rows, base.weights(), adapter.matrices(), update);

            NDList expected = plain.lossAndGradients(rows, wide(base), adapter.matrices(), update);
            assertThat(computed).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(computed.get(i).toFloatArray())
                        .containsExactly(expected.get(i).toFloatArray(), within(1e-5f));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aModelHoldsAsManyBytesAsItsConfigurationSays(Quantisation quantisation) {
        ModelFolder folder = ModelFolder.open(Path.of("src/test/resources/models/llama-biases"));
        long tables = quantisation == Quantisation.NF4 ? Float.BYTES * (2 * 256 + 256) : 0;

        try (BaseModel base = BaseModel.load(folder, Precision.FP32, quantisation)) {
            long held = base.weights().stream()
                    .mapToLong(weight -> weight.size() * weight.getDataType().getNumOfBytes())
                    .sum();

            assertThat(held).isEqualTo(base.config().weightBytes(DType.F32) + tables);
        }
    }

    /** All weights as a decoder without quantisation takes them. */
    private static List<NDArray> wide(BaseModel base) {
        StringBuilder text = new StringBuilder(new QuantisedText(base.config()).text());
        text.append("  def all(self: __torch__.Decoder, w: List[Tensor]) -> List[Tensor]:\n    out = [w[0]]\n");
        int first = WeightName.beforeLayers(base.config());
        int perLayer = WeightName.layer(base.config()).size();
        for (int n = 1; n < WeightName.all(base.config()).size(); n++) {
            int at = n - first;
            Optional<Projection> projection = Stream.of(Projection.values())
                    .filter(p -> at >= 0 && WeightName.inLayer(base.config(), WeightName.matrix(p)) == at % perLayer)
                    .findFirst();
            text.append("    i = " + Math.floorDiv(at, perLayer) + "\n    j = " + first + " + i * " + perLayer + "\n");
            text.append("    out.append("
                    + projection
                            .map(p -> "self.wide(" + new QuantisedText(base.config()).place(p) + ")")
                            .orElse("w[" + n + "]")
                    + ")\n");
        }
        try (ScriptProgram program = ScriptProgram.of(
                DecoderText.CLASS, text.append("    return out\n").toString(), Device.cpu())) {
            return program.call("all", base.weights());
        }
    }
}
