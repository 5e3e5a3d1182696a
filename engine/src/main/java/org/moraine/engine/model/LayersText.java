package org.moraine.engine.model;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.moraine.contracts.Projection;

/**
 * The program text of all layers, {@code layer} and {@code layer_back} of a layer {@code i}: one text where all have the
 * same adapters, else one for each kind of layer, and the choice between them.
 */
final class LayersText {

    private final ModelConfig config;
    private final List<Map<Projection, ProjectionProgram>> adapted;
    private final List<Map<Projection, ProjectionProgram>> kinds;
    private final boolean full;

    /**
     * Describes the layers.
     *
     * @param adapted what is added to each layer's projections; one left out is plain
     * @param full whether all weights are trained
     */
    LayersText(ModelConfig config, List<Map<Projection, ProjectionProgram>> adapted, boolean full) {
        this.config = config;
        this.adapted = List.copyOf(adapted);
        this.kinds = this.adapted.stream().distinct().toList();
        this.full = full;
    }

    String text() {
        List<LayerText> texts =
                IntStream.range(0, kinds.size()).mapToObj(this::kind).toList();
        return preparations()
                + texts.get(0).shared()
                + texts.stream().map(LayerText::text).collect(Collectors.joining())
                + (kinds.size() == 1 ? "" : choice());
    }

    /** The most columns of narrow sums that a layer has. */
    int narrowColumns() {
        return IntStream.range(0, kinds.size())
                .map(number -> kind(number).narrowColumns())
                .max()
                .orElse(0);
    }

    private LayerText kind(int number) {
        return new LayerText(config, kinds.get(number), full, kinds.size() == 1 ? "" : "_" + number, matricesBefore());
    }

    /** The expression of the number of trained matrices in the layers before layer {@code i}. */
    String trainedBefore() {
        return full ? "i * " + WeightName.layer(config).size() : matricesBefore();
    }

    private String matricesBefore() {
        return kinds.size() == 1 ? "i * " + matrices(kinds.get(0)) : firstMatrices() + "[i]";
    }

    private static int matrices(Map<Projection, ProjectionProgram> layer) {
        return layer.values().stream().mapToInt(ProjectionProgram::parameters).sum();
    }

    private List<Integer> firstMatrices() {
        return IntStream.range(0, adapted.size())
                .mapToObj(layer -> adapted.subList(0, layer).stream()
                        .mapToInt(LayersText::matrices)
                        .sum())
                .toList();
    }

    private String preparations() {
        return kinds.stream()
                .flatMap(kind -> kind.values().stream())
                .flatMap(program -> program.preparation().stream())
                .distinct()
                .map(preparation -> preparation.methods(DecoderText.CLASS))
                .collect(Collectors.joining());
    }

    private String choice() {
        return """
                  def layer(self: __torch__.Decoder, {pass}) -> Tensor:
                    kind = {kinds}[i]
                    y = x
                {passes}    return y
                  def layer_back(self: __torch__.Decoder, {back}) -> List[Tensor]:
                    kind = {kinds}[i]
                    y = annotate(List[Tensor], [])
                {backs}    return y
                """.replace(
                        "{kinds}", adapted.stream().map(kinds::indexOf).toList().toString())
                .replace("{pass}", LayerText.PASS)
                .replace("{back}", LayerText.BACK)
                .replace("{passes}", eachKind("", LayerText.PASS))
                .replace("{backs}", eachKind("_back", LayerText.BACK));
    }

    private String eachKind(String method, String parameters) {
        String arguments = parameters.replaceAll(": [^,]*", "");
        return IntStream.range(0, kinds.size())
                .mapToObj(kind ->
                        "    if kind == " + kind + ":\n      y = self.layer_" + kind + method + "(" + arguments + ")\n")
                .collect(Collectors.joining());
    }
}
