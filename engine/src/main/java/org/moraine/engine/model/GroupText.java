package org.moraine.engine.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Quantisation;

/**
 * The program text of the projections that read one input, such as q, k and v: forward, with what their adapters share
 * of the input made once, and back, with the gradient of the input gathered in place.
 *
 * <p>In the text {@code w[j]} is the layer's first weight and {@code a[k]} its adapter's first matrix. The gradient of a
 * value {@code h} is {@code dh}; that of a projection's output is {@code dq_proj}, or {@code dx} where the output joins
 * the residual stream; those of its trained matrices are {@code g_q_proj}.
 */
final class GroupText {

    private final String input;
    private final ModelConfig config;
    private final List<Projection> projections;
    private final List<Site> sites;
    private final TrainedParts.OfLayer trained;
    private final String kind;

    /**
     * Describes a group.
     *
     * @param input the input's name in the text
     * @param trained of the layer, in all groups
     * @param kind ends the names of the projections' methods
     */
    GroupText(ModelConfig config, String input, TrainedParts.OfLayer trained, String kind, Projection... projections) {
        this.config = config;
        this.input = input;
        this.projections = List.of(projections);
        this.trained = trained;
        this.kind = kind;
        this.sites = this.projections.stream()
                .flatMap(projection -> Site.of(projection, input, trained.adapted()).stream())
                .toList();
    }

    /** Whether the way back reads the input. */
    boolean readsInput() {
        return projections.stream().anyMatch(trained::trains)
                || sites.stream().anyMatch(site -> site.program.backwardReadsInput());
    }

    /** The names of what is made of the input and so narrow that it is kept where a layer is recomputed. */
    List<String> narrow() {
        return prepared(true);
    }

    /** The columns of them all. */
    int narrowColumns() {
        return sites.stream()
                .filter(Site::narrow)
                .collect(Collectors.toMap(
                        site -> site.prepared().orElseThrow(),
                        site -> site.preparation().columns(),
                        (one, same) -> one))
                .values()
                .stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    /** Whether a layer that finds what is narrow already made has no other use for the input. */
    boolean narrowOnly() {
        return prepared(false).isEmpty();
    }

    /** The names of what the way back needs beside the input and what is narrow. */
    List<String> kept() {
        List<String> names = new ArrayList<>(prepared(false));
        sites.stream().filter(Site::drops).forEach(site -> names.add(site.mask()));
        return names;
    }

    private List<String> prepared(boolean narrow) {
        return sites.stream()
                .filter(site -> site.narrow() == narrow)
                .flatMap(site -> site.prepared().stream())
                .distinct()
                .toList();
    }

    /**
     * The lines that drop, and make what the adapters share, each once.
     *
     * @param narrowBefore how many narrow values of other groups stand in {@code keep} before this group's
     */
    String inputs(int narrowBefore) {
        StringBuilder text = new StringBuilder();
        sites.stream()
                .filter(Site::drops)
                .forEach(site -> text.append("""
                            {z} = {h}
                            {m} = torch.full([1, 1], {kept}, dtype=x.dtype, device=x.device)
                            if drop:
                              {m} = torch.bernoulli_(torch.empty_like({h}, dtype=11), {kept}, generator=draws)
                              {z} = torch.mul({h}, {m}).mul_({scale})
                        """.replace("{z}", site.read())
                        .replace("{m}", site.mask())
                        .replace("{h}", input)
                        .replace("{kept}", Double.toString(1 - site.program.dropout()))
                        .replace("{scale}", Double.toString(1 / (1 - site.program.dropout())))));
        return text + made(u -> narrow().contains(u) ? unlessFound(narrowBefore + narrow().indexOf(u)) : "");
    }

    private static String unlessFound(int place) {
        return "keep[" + place + "] if keeping == " + LayerText.REST + " else ";
    }

    /** The same lines for a pass that neither drops nor keeps. */
    String inputsOfNext() {
        return sites.stream()
                        .filter(Site::drops)
                        .map(site -> "    " + site.read() + " = " + input + "\n")
                        .collect(Collectors.joining())
                + made(u -> "");
    }

    /** The lines that make what the adapters share, each once, behind what {@code before} says of its name. */
    private String made(UnaryOperator<String> before) {
        return sites.stream()
                .flatMap(site -> site.prepared().stream()
                        .map(u -> "    " + u + " = " + before.apply(u) + "self."
                                + site.preparation().name() + "(" + site.read() + ")\n"))
                .distinct()
                .collect(Collectors.joining());
    }

    /** The expression of a projection's output. */
    String projected(Projection projection) {
        return adapted(projection, plain(projection));
    }

    /**
     * The lines that set the two outputs of this group, by the name of each. Where their matrices stand as one behind all
     * weights, they are one product: for a single row a product's call costs a fifth of what it does.
     *
     * @param width columns of the first
     */
    String projectedAsOne(Projection first, Projection second, int width) {
        boolean asOne = !quantised() && Stream.of(first, second).noneMatch(p -> biased(p) || trained.trains(p));
        String one = asOne ? """
                    if len(w) > {all}:
                      both = torch.linear({input}, w[{all} + i])
                      {first} = torch.slice(both, 1, 0, {width})
                      {second} = torch.slice(both, 1, {width})
                    else:
                      {first} = {plain first}
                      {second} = {plain second}
                """ : """
                    {first} = {plain first}
                    {second} = {plain second}
                """;
        String text = one.replace("{plain first}", plain(first))
                .replace("{plain second}", plain(second))
                .replace("{first}", first.word())
                .replace("{second}", second.word())
                .replace("{input}", input)
                .replace("{width}", Integer.toString(width))
                .replace("{all}", Integer.toString(WeightName.all(config).size()));
        return text
                + sites.stream()
                        .map(site -> site.projection)
                        .map(of -> "    " + of.word() + " = " + adapted(of, of.word()) + "\n")
                        .collect(Collectors.joining());
    }

    private String plain(Projection projection) {
        String bias =
                biased(projection) ? "w[j + " + WeightName.inLayer(config, WeightName.bias(projection)) + "]" : "";
        return quantised()
                ? "self.frozen(" + input + ", " + new QuantisedText(config).place(projection) + ")"
                        + (biased(projection) ? ".add_(" + bias + ")" : "")
                : "torch.linear(" + input + ", " + weight(projection) + (biased(projection) ? ", " + bias : "") + ")";
    }

    /** The expression of a projection's output with its adapter's, where it has one. */
    private String adapted(Projection projection, String plain) {
        return sites.stream()
                .filter(site -> site.projection == projection)
                .findFirst()
                .map(site -> "self." + projection.word() + kind + "(" + site.read() + ", "
                        + site.prepared().orElse(site.read()) + ", " + plain + ", a, " + site.matrix() + ")")
                .orElse(plain);
    }

    /** The lines that make the gradient of the input, and those of the trained matrices. */
    String back() {
        StringBuilder text = new StringBuilder();
        for (Projection projection : projections) {
            String dy = outputGradient(projection);
            String product = dy + ", " + weight(projection) + ")\n";
            text.append("    d" + input + (projections.indexOf(projection) == 0 ? " = torch.matmul(" : ".addmm_(")
                    + product);
            if (trained.trains(projection)) {
                text.append("    g_" + projection.word() + " = [torch.matmul(" + dy + ".t(), " + input + ").to(6)"
                        + (biased(projection) ? ", torch.sum(" + dy + ", [0], False, dtype=6)" : "") + "]\n");
            }
        }
        List<Site> sharing = sites.stream().filter(site -> !site.drops()).toList();
        sharing.stream()
                .flatMap(site -> site.prepared().stream())
                .distinct()
                .forEach(u -> text.append("    d_" + u + " = torch.zeros_like(" + u + ")\n"));
        sharing.forEach(site -> text.append(site.back(kind, input, "d" + input)));
        sharing.stream()
                .flatMap(site -> site.prepared().stream()
                        .map(u -> "    d" + input + " = self."
                                + site.preparation().name() + "_back(d" + input + ", d_" + u + ")\n"))
                .distinct()
                .forEach(text::append);
        sites.stream().filter(Site::drops).forEach(site -> text.append(droppedBack(site)));
        return text.toString();
    }

    /** Dropout keeps x / (1 - p), and so does its way back. */
    private String droppedBack(Site site) {
        String scale = Double.toString(1 / (1 - site.program.dropout()));
        StringBuilder text = new StringBuilder("    {m} = {m}.to(dx.dtype)\n    d{z} = torch.zeros_like(d{h})\n");
        if (site.program.backwardReadsInput()) {
            text.append("    {z} = torch.mul({h}, {m}).mul_({scale})\n");
        }
        site.prepared().ifPresent(u -> text.append("    d_" + u + " = torch.zeros_like(" + u + ")\n"));
        text.append(site.back(kind, site.read(), "d" + site.read()));
        site.prepared()
                .ifPresent(u ->
                        text.append("    d{z} = self." + site.preparation().name() + "_back(d{z}, d_" + u + ")\n"));
        return text.append("    d{h}.addcmul_(d{z}, {m}, value={scale})\n")
                .toString()
                .replace("{m}", site.mask())
                .replace("{z}", site.read())
                .replace("{h}", input)
                .replace("{scale}", scale);
    }

    private boolean quantised() {
        return config.architecture().quantisation() != Quantisation.NONE;
    }

    private String weight(Projection projection) {
        return quantised()
                ? "self.wide(" + new QuantisedText(config).place(projection) + ")"
                : "w[j + " + WeightName.inLayer(config, WeightName.matrix(projection)) + "]";
    }

    private boolean biased(Projection projection) {
        return config.architecture().biased().contains(projection);
    }

    private static String outputGradient(Projection projection) {
        return projection == Projection.O || projection == Projection.DOWN ? "dx" : "d" + projection.word();
    }

    /**
     * An adapter in its place.
     *
     * @param before matrices of the layer that stand before its own
     * @param input the group's
     */
    private record Site(Projection projection, ProjectionProgram program, int before, String input) {

        static Optional<Site> of(Projection projection, String input, Map<Projection, ProjectionProgram> adapted) {
            int before = adapted.entrySet().stream()
                    .filter(entry -> entry.getKey().compareTo(projection) < 0)
                    .mapToInt(entry -> entry.getValue().parameters())
                    .sum();
            return Optional.ofNullable(adapted.get(projection))
                    .map(program -> new Site(projection, program, before, input));
        }

        boolean drops() {
            return program.dropout() > 0;
        }

        String mask() {
            return "m_" + projection.word();
        }

        String matrix() {
            return "k + " + before;
        }

        /** What the adapter reads: the group's input, or its own after dropout. */
        String read() {
            return drops() ? "z_" + projection.word() : input;
        }

        /** The name of what is made of that; the same preparation may stand in several groups. */
        Optional<String> prepared() {
            return program.preparation()
                    .map(preparation -> "u_" + (drops() ? projection.word() : preparation.name() + "_of_" + input));
        }

        boolean narrow() {
            return program.preparation()
                    .filter(ProjectionProgram.Preparation::narrow)
                    .isPresent();
        }

        ProjectionProgram.Preparation preparation() {
            return program.preparation().orElseThrow();
        }

        /** The line that takes the output's gradient back to {@code dx} or to what the preparation made. */
        String back(String kind, String x, String dx) {
            String dy = outputGradient(projection);
            return "    g_" + projection.word() + " = self." + projection.word() + kind + "_back(" + dy + ", "
                    + (program.backwardReadsInput() ? x : dy) + ", "
                    + prepared().orElse(dy) + ", " + dx + ", "
                    + prepared().map(u -> "d_" + u).orElse(dy) + ", a, " + matrix() + ")\n";
        }
    }
}
