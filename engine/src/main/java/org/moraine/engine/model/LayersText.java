package org.moraine.engine.model;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The program text of all layers, {@code layer}, {@code layer_next} and {@code layer_back} of a layer {@code i}: one text where all have the
 * same adapters, else one for each kind of layer, and the choice between them.
 */
final class LayersText {

    private final ModelConfig config;
    private final List<TrainedParts.OfLayer> layers;
    private final List<TrainedParts.OfLayer> kinds;
    private final int outside;

    /** Describes the layers. */
    LayersText(ModelConfig config, TrainedParts trained) {
        this.config = config;
        this.layers = IntStream.range(0, config.layers())
                .mapToObj(layer -> trained.layer(config, layer))
                .toList();
        this.kinds = layers.stream().distinct().toList();
        this.outside = trained.outside(config).size();
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
        return new LayerText(config, kinds.get(number), kinds.size() == 1 ? "" : "_" + number, trainedBefore());
    }

    /** The expression of the place of layer {@code i}'s first tensor in the trainable list. */
    String trainedBefore() {
        return kinds.size() == 1 ? outside + " + i * " + kinds.get(0).count() : firsts() + "[i]";
    }

    private List<Integer> firsts() {
        return IntStream.range(0, layers.size())
                .mapToObj(layer -> outside
                        + layers.subList(0, layer).stream()
                                .mapToInt(TrainedParts.OfLayer::count)
                                .sum())
                .toList();
    }

    private String preparations() {
        return kinds.stream()
                .flatMap(kind -> kind.adapted().values().stream())
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
                  def layer_next(self: __torch__.Decoder, {next}) -> Tensor:
                    kind = {kinds}[i]
                    y = x
                {nexts}    return y
                  def layer_back(self: __torch__.Decoder, {back}) -> List[Tensor]:
                    kind = {kinds}[i]
                    y = annotate(List[Tensor], [])
                {backs}    return y
                """.replace(
                        "{kinds}", layers.stream().map(kinds::indexOf).toList().toString())
                .replace("{pass}", LayerText.PASS)
                .replace("{next}", LayerText.NEXT)
                .replace("{nexts}", eachKind("_next", LayerText.NEXT))
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
