package org.moraine.engine.model;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.moraine.contracts.Projection;

/**
 * The program text of one layer of the decoder, forward and back. Its way back is written out by hand, but for
 * attention's own: autograd would keep more, add more, and copy what can be added in place.
 *
 * <p>The examples of a micro-batch stand in one row, without padding: all but attention looks at one token at a time,
 * and attention goes example by example. Shapes in the text: n tokens of all examples, {@code ends} where each example
 * ends; x and everything of the residual stream is (n x hidden); q is (kv x group x n x head), with the query heads that
 * share a key-value head in one group (arXiv 2305.13245), k and v are (kv x 1 x n x head), all three in 32 bits, but
 * for attention inside a long example. {@code w} are the model's weights, {@code a} the adapter's matrices, both in the
 * type computed in.
 *
 * <p>Where there is a {@code cache}, the prompts of {@link GenerationText} go in, and their keys and values into it. {@code
 * layer_next} is the same layer for one new token of each prompt, which stands in column {@code past} of the cache: with
 * so little to compute, each operation costs more than what it does, so it has half as many.
 *
 * <p>{@code layer} fills {@code keep}, as {@code keeping} says, with what {@code layer_back} reads. {@code layer_back} takes
 * the gradient of the layer's output, which it may overwrite, and returns that of its input, first in a list, and then
 * the gradients of the trained matrices in their order, 32 bits wide.
 */
final class LayerText {

    /** What {@code layer} takes. */
    static final String PASS =
            "x: Tensor, ends: List[int], cos: Tensor, sin: Tensor, w: List[Tensor], a: List[Tensor], "
                    + "i: int, seed: int, cache: List[Tensor], keep: List[Tensor], keeping: int";

    /** {@code keeping} of a pass that no way back follows. */
    static final int NOTHING = 0;

    /** {@code keeping} of a pass that fills {@code keep} with all that {@code layer_back} reads. */
    static final int ALL = 1;

    /** {@code keeping} of the first of two passes: {@code keep} gets the narrow sums of the adapters' inputs alone. */
    static final int SUMS = 2;

    /** {@code keeping} of the second: it finds those sums in {@code keep}, adds the rest, and stops before the output. */
    static final int REST = 3;

    /**
     * What {@code layer_next} takes: x (prompts x hidden); cosines and sines of the tokens' positions, (prompts x 1 x
     * head) for whole heads, the first half of the sines below zero; for each layer the cache's keys and values,
     * (prompts kv x columns x head), and what is added to the scores, (prompts kv x 1 x columns so far).
     */
    static final String NEXT =
            "x: Tensor, cos: Tensor, sin: Tensor, w: List[Tensor], a: List[Tensor], i: int, past: int, "
                    + "keys: List[Tensor], values: List[Tensor], masks: List[Tensor]";

    /** What {@code layer_back} takes. */
    static final String BACK = "dx: Tensor, ends: List[int], cos: Tensor, sin: Tensor, "
            + "w: List[Tensor], a: List[Tensor], i: int, keep: List[Tensor]";

    private final ModelConfig config;
    private final Map<Projection, ProjectionProgram> adapted;
    private final TrainedParts.OfLayer trained;
    private final String kind;
    private final String firstMatrix;
    private final GroupText attention;
    private final GroupText output;
    private final GroupText gates;
    private final GroupText down;

    /**
     * Describes a layer.
     *
     * @param kind ends the names of this layer's own methods, empty where all layers are alike
     * @param firstMatrix the expression of the place of layer {@code i}'s first tensor in the trainable list
     */
    LayerText(ModelConfig config, TrainedParts.OfLayer trained, String kind, String firstMatrix) {
        this.config = config;
        this.trained = trained;
        this.adapted = new EnumMap<>(Projection.class);
        this.adapted.putAll(trained.adapted());
        this.kind = kind;
        this.firstMatrix = firstMatrix;
        this.attention = new GroupText(config, "h", trained, kind, Projection.Q, Projection.K, Projection.V);
        this.output = new GroupText(config, "s", trained, kind, Projection.O);
        this.gates = new GroupText(config, "hy", trained, kind, Projection.GATE, Projection.UP);
        this.down = new GroupText(config, "g", trained, kind, Projection.DOWN);
    }

    /** The methods {@code layer} and {@code layer_back}, and those of this layer's adapters. */
    String text() {
        StringBuilder text = new StringBuilder();
        adapted.forEach(
                (projection, program) -> text.append(program.forwardMethod(DecoderText.CLASS, projection.word() + kind))
                        .append(program.backwardMethod(DecoderText.CLASS, projection.word() + kind)));
        return text.append(forward()).append(next()).append(backward()).toString();
    }

    /** The methods that layers share, whatever adapters they have. */
    String shared() {
        return norm() + rotary();
    }

    /**
     * RMSNorm (arXiv 1910.07467): y = x r w with r = 1 / sqrt(mean(x^2) + eps), in 32 bits. Back, with n = x r: dx = r
     * (dy w - n mean(dy w n)), dw = sum of dy n over the tokens.
     */
    private String norm() {
        return """
                  def rms(self: __torch__.Decoder, x: Tensor, w: Tensor) -> Tuple[Tensor, Tensor]:
                    f = x.to(6)
                    l = torch.linalg_vector_norm(f, 2, [-1], True)
                    r = torch.rsqrt(l * l * (1. / x.size(-1)) + %s)
                    return (torch.mul(f, r).mul_(w).to(x.dtype), r)
                  def rms_back(self: __torch__.Decoder, dy: Tensor, x: Tensor, r: Tensor, w: Tensor, dx: Tensor) -> Tensor:
                    g = torch.mul(dy.to(6), w)
                    n = torch.mul(x.to(6), r)
                    c = torch.sum(torch.mul(g, n), [-1], True) * (1. / x.size(-1))
                    dx.add_(g.addcmul_(n, c, value=-1.).mul_(r).to(dx.dtype))
                    return dx
                  def rms_gradient(self: __torch__.Decoder, dy: Tensor, x: Tensor, r: Tensor) -> Tensor:
                    return torch.sum(torch.mul(x.to(6), r).mul_(dy), [0])
                """.formatted(config.normEpsilon());
    }

    /** The rotary embedding of halves, as Llama pairs them, from x into y; with the sign turned about, its way back. */
    private static String rotary() {
        return """
                  def turn(self: __torch__.Decoder, x: Tensor, y: Tensor, cos: Tensor, sin: Tensor, sign: float) -> Tensor:
                    x1, x2 = torch.chunk(x.to(6), 2, -1)
                    y1, y2 = torch.chunk(y, 2, -1)
                    torch.mul(x1, cos, out=y1)
                    y1.addcmul_(x2, sin, value=-sign)
                    torch.mul(x2, cos, out=y2)
                    y2.addcmul_(x1, sin, value=sign)
                    return y
                """;
    }

    private String forward() {
        return filled("""
                  def layer{kind}(self: __torch__.Decoder, {pass}) -> Tensor:
                {draws}    whole = keeping == {all} or keeping == {rest}
                    n = x.size(0)
                    j = {first weight} + i * {weights}
                    k = {first matrix}
                    h, r = self.rms(x, {norm before})
                {inputs of attention}    qh = {q}
                    kh = {k}
                {head norms}    q = torch.empty([{keys}, {group}, n, {size}], dtype=6, device=x.device)
                    q = self.turn(qn.view([n, {keys}, {group}, {size}]).permute([1, 2, 0, 3]), q, cos, sin, 1.)
                    kk = torch.empty([{keys}, 1, n, {size}], dtype=6, device=x.device)
                    kk = self.turn(kn.view([n, {keys}, 1, {size}]).permute([1, 2, 0, 3]), kk, cos, sin, 1.)
                    v = torch.empty([{keys}, 1, n, {size}], dtype=6, device=x.device)
                    v = v.copy_({v}.view([n, {keys}, 1, {size}]).permute([1, 2, 0, 3]))
                    s = torch.empty([n, {keys}, {group}, {size}], dtype=x.dtype, device=x.device)
                    parts = annotate(List[Tensor], [])
                    lo = 0
                    for e in range(len(ends)):
                      hi = ends[e]
                      qe = torch.slice(q, 2, lo, hi)
                      ke = torch.slice(kk, 2, lo, hi)
                      ve = torch.slice(v, 2, lo, hi)
                      if hi - lo >= {long} or not x.is_cpu:
                        qe = qe.to(x.dtype)
                        ke = ke.to(x.dtype)
                        ve = ve.to(x.dtype)
                      if whole:
                        qe = qe.detach().requires_grad_(True)
                        ke = ke.detach().requires_grad_(True)
                        ve = ve.detach().requires_grad_(True)
                      oe = self.attend(qe, ke, ve, i)
                      torch.slice(s, 0, lo, hi).copy_(oe.detach().permute([2, 0, 1, 3]))
                      if whole:
                        parts.extend([qe, ke, ve, oe])
                      if len(cache) > 0:
                        torch.slice(cache[2 * i][e], 1, 0, hi - lo).copy_(ke.squeeze(1))
                        torch.slice(cache[2 * i + 1][e], 1, 0, hi - lo).copy_(ve.squeeze(1))
                      lo = hi
                    s = s.view([n, -1])
                {inputs of output}    y = {o}.add_(x)
                    hy, ry = self.rms(y, {norm after})
                {inputs of gates}    gate = {gate}
                    up = {up}
                {g}{inputs of down}    if keeping == {all} or keeping == {sums}:
                      keep.extend([{narrow}])
                    if whole:
                      keep.extend([{kept}])
                      keep.extend(parts)
                    if keeping == {rest}:
                      return y
                    return {down}.add_(y)
                """);
    }

    private boolean drops() {
        return adapted.values().stream().anyMatch(program -> program.dropout() > 0);
    }

    /** The generator of the layer's masks is its own: libtorch's is one for all threads and devices. */
    private static String draws() {
        return """
                    drop = seed >= 0
                    draws = torch.Generator(device=x.device)
                    if drop:
                      draws = torch.manual_seed(draws, seed * 4096 + i)
                """;
    }

    private String next() {
        return filled("""
                  def layer{kind}_next(self: __torch__.Decoder, {next}) -> Tensor:
                    n = x.size(0)
                    j = {first weight} + i * {weights}
                    k = {first matrix}
                    h, r = self.rms(x, {norm before})
                {next inputs of attention}    qh = {q}
                    kh = {k}
                {head norms}    t = torch.cat([qn.view([n, -1]), kn.view([n, -1])], 1).to(6).view([n, {heads} + {keys}, {size}])
                    t = torch.addcmul(torch.mul(t, cos), torch.roll(t, [{size} // 2], [-1]), sin)
                    q = torch.slice(t, 1, 0, {heads}).reshape([n * {keys}, {group}, {size}])
                    kk = keys[i]
                    torch.select(kk, 1, past).copy_(torch.slice(t, 1, {heads}).reshape([n * {keys}, {size}]))
                    v = values[i]
                    torch.select(v, 1, past).copy_({v}.view([n * {keys}, {size}]))
                    z = torch.baddbmm(masks[{mask}], q, torch.slice(kk, 1, 0, past + 1).transpose(1, 2), beta=1, alpha={scale})
                    s = torch.bmm(torch.softmax(z, -1), torch.slice(v, 1, 0, past + 1)).view([n, -1]).to(x.dtype)
                {next inputs of output}    y = {o}.add_(x)
                    hy, ry = self.rms(y, {norm after})
                {next inputs of gates}{gates as one}    g = torch.silu_(gate_proj).mul_(up_proj)
                {next inputs of down}    return {down}.add_(y)
                """);
    }

    private String backward() {
        return filled("""
                  def layer{kind}_back(self: __torch__.Decoder, {back}) -> List[Tensor]:
                    n = dx.size(0)
                    j = {first weight} + i * {weights}
                    k = {first matrix}
                {unpack}    silu = torch.silu(gate)
                {g again}{back of down}    dup_proj = torch.mul(dg, silu)
                    dgate_proj = torch.silu_backward(dg.mul_(up), gate)
                {back of gates}{gradient after}    dx = self.rms_back(dhy, y, ry, {norm after}, dx)
                {back of output}    do = torch.empty([{keys}, {group}, n, {size}], dtype=6, device=dx.device)
                    do = do.copy_(ds.view([n, {keys}, {group}, {size}]).permute([1, 2, 0, 3]))
                    ins = annotate(List[Tensor], [])
                    outs = annotate(List[Tensor], [])
                    dos = annotate(List[Optional[Tensor]], [])
                    lo = 0
                    for e in range(len(ends)):
                      at = {parts} + 4 * e
                      ins.extend([keep[at], keep[at + 1], keep[at + 2]])
                      outs.append(keep[at + 3])
                      dos.append(torch.slice(do, 2, lo, ends[e]).to(keep[at].dtype))
                      lo = ends[e]
                    gs = torch.grad(outs, ins, dos)
                    dqs = torch.empty([n, {keys}, {group}, {size}], dtype=6, device=dx.device)
                    dks = torch.empty([n, {keys}, 1, {size}], dtype=6, device=dx.device)
                    dvs = torch.empty([n, {keys}, 1, {size}], dtype=dx.dtype, device=dx.device)
                    lo = 0
                    for e in range(len(ends)):
                      hi = ends[e]
                      c = torch.slice(cos, 0, lo, hi)
                      d = torch.slice(sin, 0, lo, hi)
                      qe = self.turn(unchecked_cast(Tensor, gs[3 * e]), torch.slice(dqs, 0, lo, hi).permute([1, 2, 0, 3]), c, d, -1.)
                      ke = self.turn(unchecked_cast(Tensor, gs[3 * e + 1]), torch.slice(dks, 0, lo, hi).permute([1, 2, 0, 3]), c, d, -1.)
                      torch.slice(dvs, 0, lo, hi).copy_(unchecked_cast(Tensor, gs[3 * e + 2]).permute([2, 0, 1, 3]))
                      lo = hi
                    dq_proj = dqs.view([n, -1]).to(dx.dtype)
                    dk_proj = dks.view([n, -1]).to(dx.dtype)
                    dv_proj = dvs.view([n, -1])
                {head norms back}{back of attention}{gradient before}    dx = self.rms_back(dh, x, r, {norm before}, dx)
                    out = [dx]
                {gradients}    return out
                """);
    }

    private String filled(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("first weight", Integer.toString(WeightName.beforeLayers(config)));
        values.put("weights", Integer.toString(WeightName.layer(config).size()));
        values.put("kind", kind);
        values.put("draws", drops() ? draws() : "");
        values.put("pass", PASS);
        values.put("next", NEXT);
        values.put("long", Integer.toString(AttentionText.LONG));
        values.put("heads", Integer.toString(config.heads()));
        values.put("scale", Double.toString(1 / Math.sqrt(config.headSize())));
        values.put("back", BACK);
        values.put("first matrix", firstMatrix);
        values.put("keys", Integer.toString(config.keyValueHeads()));
        values.put("group", Integer.toString(config.heads() / config.keyValueHeads()));
        values.put("mask", mask());
        values.put("norm before", weight(WeightName.NORM_BEFORE_ATTENTION));
        values.put("norm after", weight(WeightName.NORM_AFTER_ATTENTION));
        values.put("head norms", headNorms());
        values.put("head norms back", headNormsBack());
        values.put("next inputs of attention", attention.inputsOfNext());
        values.put("next inputs of output", output.inputsOfNext());
        values.put("next inputs of gates", gates.inputsOfNext());
        values.put("next inputs of down", down.inputsOfNext());
        values.put("gates as one", gates.projectedAsOne(Projection.GATE, Projection.UP, config.feedForwardSize()));
        values.put("inputs of attention", attention.inputs(0));
        values.put("q", attention.projected(Projection.Q));
        values.put("k", attention.projected(Projection.K));
        values.put("v", attention.projected(Projection.V));
        values.put("inputs of output", output.inputs(narrow(attention).size()));
        values.put("o", output.projected(Projection.O));
        values.put("inputs of gates", gates.inputs(narrow(attention, output).size()));
        values.put("gate", gates.projected(Projection.GATE));
        values.put("up", gates.projected(Projection.UP));
        values.put(
                "inputs of down", down.inputs(narrow(attention, output, gates).size()));
        values.put("down", down.projected(Projection.DOWN));
        values.put("narrow", String.join(", ", narrow()));
        values.put("kept", String.join(", ", kept()));
        values.put("parts", Integer.toString(narrow().size() + kept().size()));
        values.put("all", Integer.toString(ALL));
        values.put("sums", Integer.toString(SUMS));
        values.put("rest", Integer.toString(REST));
        values.put("g", gated());
        values.put("unpack", unpack());
        values.put("g again", down.readsInput() ? "    g = torch.mul(silu, up)\n" : "");
        values.put("back of down", down.back());
        values.put("back of gates", gates.back());
        values.put(
                "gradient after",
                trained.trains(WeightName.NORM_AFTER_ATTENTION) ? "    g_after = self.rms_gradient(dhy, y, ry)\n" : "");
        values.put("back of output", output.back());
        values.put("back of attention", attention.back());
        values.put(
                "gradient before",
                trained.trains(WeightName.NORM_BEFORE_ATTENTION) ? "    g_before = self.rms_gradient(dh, x, r)\n" : "");
        values.put("gradients", gradients());
        values.put("size", Integer.toString(config.headSize()));
        String result = text;
        for (Map.Entry<String, String> value : values.entrySet()) {
            result = result.replace("{" + value.getKey() + "}", value.getValue());
        }
        return result;
    }

    /** The columns of the narrow sums of one layer. */
    int narrowColumns() {
        return Stream.of(attention, output, gates, down)
                .mapToInt(GroupText::narrowColumns)
                .sum();
    }

    private List<String> narrow() {
        return narrow(attention, output, gates, down);
    }

    private static List<String> narrow(GroupText... groups) {
        return Stream.of(groups).flatMap(group -> group.narrow().stream()).toList();
    }

    /** The lines that make g; where the output is left out, it mostly does no more than give a mask its shape. */
    private String gated() {
        return down.narrowOnly()
                ? "    g = gate\n    if keeping != " + REST + ":\n      g = torch.silu(gate).mul_(up)\n"
                : "    g = torch.silu(gate).mul_(up)\n";
    }

    /**
     * What the way back needs beside the narrow sums, which stand before it, and each example's part in attention, which
     * stands behind; g, cheap to make again, is not kept.
     */
    private List<String> kept() {
        List<String> names = new ArrayList<>(List.of("x", "r", "y", "ry", "gate", "up"));
        if (config.architecture().headNorms()) {
            names.addAll(List.of("qh", "rq", "kh", "rk"));
        }
        if (attention.readsInput()) {
            names.add("h");
        }
        if (output.readsInput()) {
            names.add("s");
        }
        if (gates.readsInput()) {
            names.add("hy");
        }
        Stream.of(attention, output, gates, down).forEach(group -> names.addAll(group.kept()));
        return names;
    }

    private String unpack() {
        List<String> names = Stream.concat(narrow().stream(), kept().stream()).toList();
        return IntStream.range(0, names.size())
                .mapToObj(n -> "    " + names.get(n) + " = keep[" + n + "]\n")
                .collect(Collectors.joining());
    }

    private String gradients() {
        String ofAdapters = adapted.keySet().stream()
                .map(projection -> "    out.extend(g_" + projection.word() + ")\n")
                .collect(Collectors.joining());
        return WeightName.layer(config).stream()
                .map(WeightName::name)
                .filter(trained::trains)
                .map(name -> switch (name) {
                    case WeightName.NORM_BEFORE_ATTENTION -> "    out.append(g_before)\n";
                    case WeightName.NORM_AFTER_ATTENTION -> "    out.append(g_after)\n";
                    case WeightName.QUERY_NORM -> "    out.append(g_q_norm)\n";
                    case WeightName.KEY_NORM -> "    out.append(g_k_norm)\n";
                    default -> ofProjection(name);
                })
                .collect(Collectors.joining("", ofAdapters, ""));
    }

    /** A bias's gradient stands behind its matrix's, as the bias does. */
    private static String ofProjection(String name) {
        return Stream.of(Projection.values())
                .filter(projection -> WeightName.matrix(projection).equals(name))
                .map(projection -> "    out.extend(g_" + projection.word() + ")\n")
                .findFirst()
                .orElse("");
    }

    /** Which of the cache's masks a layer goes by. */
    private String mask() {
        SlidingWindow window = config.architecture().window();
        if (window.layers().isEmpty()) {
            return "0";
        }
        return IntStream.range(0, config.layers())
                .mapToObj(layer -> window.layers().contains(layer) ? "1" : "0")
                .collect(Collectors.joining(", ", "[", "][i]"));
    }

    private String weight(String name) {
        return "w[j + " + WeightName.inLayer(config, name) + "]";
    }

    /** The lines that make the normalised heads qn and kn of qh and kh. */
    private String headNorms() {
        return config.architecture().headNorms()
                ? """
                            qn, rq = self.rms(qh.view([-1, {size}]), %s)
                            kn, rk = self.rms(kh.view([-1, {size}]), %s)
                        """.formatted(weight(WeightName.QUERY_NORM), weight(WeightName.KEY_NORM))
                : "    qn = qh\n    kn = kh\n";
    }

    private String headNormsBack() {
        return config.architecture().headNorms()
                ? headNormBack("q", WeightName.QUERY_NORM) + headNormBack("k", WeightName.KEY_NORM)
                : "";
    }

    private String headNormBack(String head, String norm) {
        return ("""
                    dn = d{q}_proj.view([-1, {size}])
                    x{q} = {q}h.view([-1, {size}])
                """
                        + (trained.trains(norm) ? "    g_{q}_norm = self.rms_gradient(dn, x{q}, r{q})\n" : "")
                        + "    d{q}_proj = self.rms_back(dn, x{q}, r{q}, " + weight(norm)
                        + ", torch.zeros_like(dn)).view([n, -1])\n")
                .replace("{q}", head);
    }
}
