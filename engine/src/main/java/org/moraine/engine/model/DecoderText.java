package org.moraine.engine.model;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.moraine.contracts.Projection;

/**
 * The program text of one decoder: the forward pass once, and around it what is asked of a model. Shapes in the text's
 * comments: b batch, t tokens, d hidden size.
 *
 * <p>The step follows one plan (engine.md 1.3): forward; the loss over the labelled positions only, in chunks, with its
 * gradient written out by hand, so that the full logits never exist; back through the layers; clip; AdamW. With layers
 * recomputed, the forward pass keeps each layer's input alone, and the way back runs each layer once more.
 */
final class DecoderText {

    static final String CLASS = "Decoder";

    /** Positions whose logits exist at one time. */
    private static final int CHUNK = 128;

    private final ModelConfig config;
    private final Map<Projection, ProjectionProgram> projections;
    private final boolean full;
    private final boolean recomputed;

    /**
     * Describes a program.
     *
     * @param projections what stands in a projection's place; one left out is plain
     * @param full whether all weights are trained: then the trainable list is the weights themselves
     * @param recomputed whether layers are run again on the way back instead of kept
     */
    DecoderText(ModelConfig config, Map<Projection, ProjectionProgram> projections, boolean full, boolean recomputed) {
        this.config = config;
        this.projections = new EnumMap<>(Projection.class);
        for (Projection projection : Projection.values()) {
            this.projections.put(projection, projections.getOrDefault(projection, ProjectionProgram.plain()));
        }
        this.full = full;
        this.recomputed = recomputed;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        projections.forEach((projection, program) -> text.append(program.method(CLASS, projection.word())));
        projections.values().stream()
                .flatMap(program -> program.preparation().stream())
                .distinct()
                .forEach(preparation -> text.append(preparation.method(CLASS)));
        return text.append(config.architecture().scaling().text(CLASS, config.ropeTheta(), config.headSize()))
                .append(AttentionText.of(config))
                .append(forward())
                .append(loss())
                .append(gradients())
                .append(step())
                .append(inference())
                .toString();
    }

    private int parametersPerLayer() {
        return projections.values().stream()
                .mapToInt(ProjectionProgram::parameters)
                .sum();
    }

    private String projected(Projection projection, String x) {
        int before = 0;
        for (Projection earlier : Projection.values()) {
            if (earlier == projection) {
                break;
            }
            before += program(earlier).parameters();
        }
        String prepared = program(projection)
                .preparation()
                .map(ProjectionProgram.Preparation::name)
                .orElse(x);
        String y = "self." + projection.word() + "(" + x + ", " + prepared + ", "
                + weight(WeightName.matrix(projection)) + ", a, k + " + before + ", drop)";
        return config.architecture().biased().contains(projection)
                ? "torch.add(" + y + ", " + weight(WeightName.bias(projection)) + ")"
                : y;
    }

    /** One of the layer's weights, by its name inside the layer. */
    private String weight(String name) {
        return "w[j + " + WeightName.inLayer(config, name) + "]";
    }

    /** A projection's output (b x t x heads * size) as heads: (b x heads x t x size), 32 bits. */
    private String heads(Projection projection, int heads) {
        String split = projected(projection, "h") + ".view([b, t, " + heads + ", " + config.headSize() + "])";
        if (config.architecture().headNorms() && projection != Projection.V) {
            String norm = projection == Projection.Q ? WeightName.QUERY_NORM : WeightName.KEY_NORM;
            split = "torch.rms_norm(" + split + ", [" + config.headSize() + "], " + weight(norm) + ", "
                    + config.normEpsilon() + ")";
        }
        return split + ".transpose(1, 2).to(6)";
    }

    /** The lines that make what projections of one input share, each once. */
    private String prepared(String x, Projection... sharing) {
        return Arrays.stream(sharing)
                .flatMap(projection -> program(projection).preparation().stream())
                .map(ProjectionProgram.Preparation::name)
                .distinct()
                .map(name -> "    " + name + " = self." + name + "(" + x + ")\n")
                .collect(Collectors.joining());
    }

    private ProjectionProgram program(Projection projection) {
        return Objects.requireNonNull(projections.get(projection), "every projection has its program");
    }

    /** RMSNorm (arXiv 1910.07467), rotary embedding (arXiv 2104.09864, halves as Llama pairs them), and the layer. */
    private String forward() {
        return """
                  def rms(self: __torch__.Decoder, x: Tensor, w: Tensor) -> Tensor:
                    return torch.rms_norm(x, [%d], w, %s)
                  def turn(self: __torch__.Decoder, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
                    x1, x2 = torch.chunk(x, 2, -1)
                    return x * cos + torch.cat([-x2, x1], -1) * sin
                  def layer(self: __torch__.Decoder, x: Tensor, cos: Tensor, sin: Tensor, w: List[Tensor], a: List[Tensor], i: int, seed: int, past: int, ks: List[Tensor], vs: List[Tensor]) -> Tensor:
                    drop = seed >= 0
                    if drop:
                      torch.manual_seed(seed * 4096 + i)
                    b = x.size(0)
                    t = x.size(1)
                    j = %d + i * %d
                    k = i * %d
                    h = self.rms(x, %s)
                %s    q = %s
                    kk = %s
                    v = %s
                    q = self.turn(q, cos, sin)
                    kk = self.turn(kk, cos, sin)
                    if past >= 0:
                      torch.slice(ks[i], 2, past, past + t).copy_(kk)
                      torch.slice(vs[i], 2, past, past + t).copy_(v)
                      kk = torch.slice(ks[i], 2, 0, past + t)
                      v = torch.slice(vs[i], 2, 0, past + t)
                    o = self.attend(q, kk, v, i).to(x.dtype)
                    o = torch.transpose(o, 1, 2).reshape([b, t, %d])
                %s    x = x + %s
                    h = self.rms(x, %s)
                %s    g = torch.silu(%s) * %s
                %s    return x + %s
                """.formatted(
                        config.hiddenSize(),
                        config.normEpsilon(),
                        WeightName.beforeLayers(config),
                        WeightName.layer(config).size(),
                        parametersPerLayer(),
                        weight(WeightName.NORM_BEFORE_ATTENTION),
                        prepared("h", Projection.Q, Projection.K, Projection.V),
                        heads(Projection.Q, config.heads()),
                        heads(Projection.K, config.keyValueHeads()),
                        heads(Projection.V, config.keyValueHeads()),
                        config.heads() * config.headSize(),
                        prepared("o", Projection.O),
                        projected(Projection.O, "o"),
                        weight(WeightName.NORM_AFTER_ATTENTION),
                        prepared("h", Projection.GATE, Projection.UP),
                        projected(Projection.GATE, "h"),
                        projected(Projection.UP, "h"),
                        prepared("g", Projection.DOWN),
                        projected(Projection.DOWN, "g"));
    }

    private String head() {
        return config.tied() ? "w[0]" : "w[2]";
    }

    /**
     * Summed cross-entropy over the labelled rows and its gradients: softmax minus one-hot, times {@code scale}, times
     * the head. A label below zero means none.
     */
    private String loss() {
        return """
                  def loss(self: __torch__.Decoder, h: Tensor, labels: Tensor, head: Tensor, scale: float) -> Tuple[Tensor, Tensor, Tensor]:
                    lab = labels.view([-1])
                    at = torch.nonzero(lab >= 0).view([-1])
                    lab = torch.index_select(lab, 0, at)
                    hl = torch.index_select(h, 0, at)
                    dhl = torch.empty_like(hl)
                    loss = torch.zeros([], dtype=6, device=h.device)
                    gh = %s
                    n = lab.size(0)
                    for c in range((n + %d) // %d):
                      lo = c * %d
                      hc = torch.slice(hl, 0, lo, lo + %d)
                      lc = torch.slice(lab, 0, lo, lo + %d).unsqueeze(1)
                      lp = torch.log_softmax(torch.linear(hc, head).to(6), -1)
                      loss = loss - torch.sum(torch.gather(lp, 1, lc))
                      gz = torch.exp_(lp)
                      gz = gz.scatter_add_(1, lc, torch.full([lc.size(0), 1], -1., dtype=6, device=h.device))
                      gz = torch.mul_(gz, scale).to(hc.dtype)
                      torch.slice(dhl, 0, lo, lo + %d).copy_(torch.matmul(gz, head))
                %s    dh = torch.zeros_like(h)
                    dh = dh.index_copy_(0, at, dhl)
                    return (loss, dh, gh)
                """.formatted(
                        full ? "torch.zeros_like(head, dtype=6)" : "torch.zeros([0], dtype=6)",
                        CHUNK - 1,
                        CHUNK,
                        CHUNK,
                        CHUNK,
                        CHUNK,
                        CHUNK,
                        full ? "      gh = torch.add_(gh, torch.matmul(gz.t(), hc))\n" : "");
    }

    /**
     * The gradients of one micro-batch, in the order of the trainable list, 32 bits wide. {@code f} are the trainable
     * matrices without gradient, {@code a} the same memory with it.
     */
    private String gradients() {
        StringBuilder text = new StringBuilder("""
                  def gradients(self: __torch__.Decoder, ids: Tensor, labels: Tensor, w: List[Tensor], f: List[Tensor], a: List[Tensor], scale: float, seed: int) -> Tuple[Tensor, List[Tensor]]:
                    b = ids.size(0)
                    t = ids.size(1)
                    none = annotate(List[Tensor], [])
                    cos, sin = self.rope(w[0], t)
                """);
        String trained = full ? "a" : "w";
        String frozen = full ? "f" : "w";
        String layerCall = "self.layer(%s, cos, sin, %s, %s, i, seed, -1, none, none)";
        text.append("    x = torch.embedding(" + frozen + "[0], ids)\n");
        if (recomputed) {
            text.append("    xs = annotate(List[Tensor], [])\n");
            text.append("    for i in range(" + config.layers() + "):\n");
            text.append("      xs.append(x)\n");
            text.append("      x = " + layerCall.formatted("x", frozen, "f") + "\n");
        } else {
            if (full) {
                text.append("    x = x.detach().requires_grad_(True)\n");
            }
            text.append("    xin = x\n");
            text.append("    for i in range(" + config.layers() + "):\n");
            text.append("      x = " + layerCall.formatted("x", trained, "a") + "\n");
            text.append("    top = x\n");
        }
        text.append("    x = x.detach().requires_grad_(True)\n");
        text.append("    h = self.rms(x, " + trained + "[1]).view([b * t, -1])\n");
        text.append("    total, dh, gh = self.loss(h.detach(), labels, " + head().replace("w", frozen) + ", scale)\n");
        text.append("    g0 = torch.grad([h], [x" + (full ? ", a[1]" : "")
                + "], annotate(List[Optional[Tensor]], [dh]))\n");
        text.append("    gx = unchecked_cast(Tensor, g0[0])\n");
        text.append("    out = annotate(List[Tensor], [])\n");
        if (full) {
            text.append("    gnorm = unchecked_cast(Tensor, g0[1])\n");
        }
        int perLayer = full ? WeightName.layer(config).size() : parametersPerLayer();
        int before = full ? WeightName.beforeLayers(config) : 0;
        if (recomputed) {
            text.append("    back = annotate(List[List[Tensor]], [])\n");
            text.append("    for r in range(" + config.layers() + "):\n");
            text.append("      i = " + (config.layers() - 1) + " - r\n");
            text.append("      xi = xs[i].detach().requires_grad_(True)\n");
            text.append("      y = " + layerCall.formatted("xi", trained, "a") + "\n");
            text.append("      ins = [xi]\n");
            text.append("      for k in range(" + perLayer + "):\n");
            text.append("        ins.append(a[" + before + " + i * " + perLayer + " + k])\n");
            text.append("      gs = torch.grad([y], ins, annotate(List[Optional[Tensor]], [gx]))\n");
            text.append("      gx = unchecked_cast(Tensor, gs[0])\n");
            text.append("      mine = annotate(List[Tensor], [])\n");
            text.append("      for k in range(" + perLayer + "):\n");
            text.append("        mine.append(unchecked_cast(Tensor, gs[k + 1]).to(6))\n");
            text.append("      back.append(mine)\n");
        } else {
            text.append("    ins = annotate(List[Tensor], [])\n");
            text.append("    for k in range(" + config.layers() * perLayer + "):\n");
            text.append("      ins.append(a[" + before + " + k])\n");
            if (full) {
                text.append("    ins.append(xin)\n");
            }
            text.append("    gs = torch.grad([top], ins, annotate(List[Optional[Tensor]], [gx]))\n");
            if (full) {
                text.append("    gx = unchecked_cast(Tensor, gs[" + config.layers() * perLayer + "])\n");
            }
        }
        if (full) {
            text.append("    ge = torch.embedding_dense_backward(gx, ids, " + config.vocabularySize()
                    + ", -1, False).to(6)\n");
            text.append(
                    config.tied()
                            ? "    out.append(torch.add_(gh, ge))\n    out.append(gnorm.to(6))\n"
                            : "    out.append(ge)\n    out.append(gnorm.to(6))\n    out.append(gh)\n");
        }
        if (recomputed) {
            text.append("    for i in range(" + config.layers() + "):\n");
            text.append("      out.extend(back[" + (config.layers() - 1) + " - i])\n");
        } else {
            text.append("    for k in range(" + config.layers() * perLayer + "):\n");
            text.append("      out.append(unchecked_cast(Tensor, gs[k]).to(6))\n");
        }
        return text.append("    return (total, out)\n").toString();
    }

    /**
     * One optimizer update from the micro-batches given: token-weighted mean of the loss, clipping by the global norm,
     * decoupled weight decay on matrices (AdamW, arXiv 1711.05101). {@code s}: step from 1, learning rate, labelled
     * tokens of the whole batch, seed (below zero: no dropout), largest norm, weight decay. Returns mean loss and the
     * norm before clipping; nothing is updated where the norm is not finite ({@code found_inf}).
     *
     * <p>The fused update gets the caller's own lists: libtorch's optimiser does not see that a list filled inside the
     * program holds the caller's tensors, and drops an update of one as having no effect.
     */
    private String step() {
        return """
                  def total(self: __torch__.Decoder, ids: List[Tensor], labels: List[Tensor], w: List[Tensor], p: List[Tensor], s: Tensor) -> Tuple[Tensor, List[Tensor]]:
                    scale = 1. / float(s[2].item())
                    seed = int(s[3].to(4).item())
                    f = annotate(List[Tensor], [])
                    a = annotate(List[Tensor], [])
                    for k in range(len(p)):
                      c = p[k].detach().to(w[0].dtype)
                      f.append(c)
                      a.append(c.detach().requires_grad_(True))
                    loss, grads = self.gradients(ids[0], labels[0], w, f, a, scale, seed)
                    for n in range(1, len(ids)):
                      more, others = self.gradients(ids[n], labels[n], w, f, a, scale, seed + n if seed >= 0 else seed)
                      loss = loss + more
                      torch._foreach_add_(grads, others)
                    return (loss * scale, grads)
                  def loss_and_gradients(self: __torch__.Decoder, ids: List[Tensor], labels: List[Tensor], w: List[Tensor], p: List[Tensor], s: Tensor) -> List[Tensor]:
                    loss, grads = self.total(ids, labels, w, p, s)
                    out = [loss]
                    out.extend(grads)
                    return out
                  def step(self: __torch__.Decoder, ids: List[Tensor], labels: List[Tensor], w: List[Tensor], p: List[Tensor], m: List[Tensor], v: List[Tensor], s: Tensor) -> Tensor:
                    loss, grads = self.total(ids, labels, w, p, s)
                    norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads, 2)))
                    torch._foreach_mul_(grads, torch.clamp(torch.reciprocal(norm + 1e-6) * float(s[4].item()), None, 1.0))
                    bad = torch.logical_not(torch.isfinite(norm)).to(6)
                    n = s[0].to(6)
                    rate = float(s[1].item())
                    decay = float(s[5].item())
                    e = annotate(List[Tensor], [])
                    ns = annotate(List[Tensor], [])
                    for k in range(len(p)):
                      ns.append(n)
                      if p[k].dim() > 1 and decay > 0.:
                        p[k].mul_(1. - (1. - float(bad.item())) * rate * decay)
                    torch._fused_adamw_(p, grads, m, v, e, ns, lr=rate, beta1=0.9, beta2=0.999, weight_decay=0., eps=1.0e-08, amsgrad=False, maximize=False, grad_scale=None, found_inf=bad)
                    return torch.stack([loss, norm])
                """;
    }

    /**
     * What needs no gradient. {@code logits}: (b x t) to (b x t x vocabulary), 32 bits. {@code nll}: summed negative
     * log-likelihood of the labels for each example, 64 bits. {@code generate}: one prompt (1 x t), with a key-value
     * cache of t + the most tokens; {@code s}: most tokens, temperature (zero: the likeliest), top-p, seed; stops
     * after any id in {@code ends}; returns the new ids.
     */
    private String inference() {
        return """
                  def cast(self: __torch__.Decoder, w: List[Tensor], p: List[Tensor]) -> List[Tensor]:
                    a = annotate(List[Tensor], [])
                    for k in range(len(p)):
                      a.append(p[k].detach().to(w[0].dtype))
                    return a
                  def hidden(self: __torch__.Decoder, ids: Tensor, w: List[Tensor], a: List[Tensor]) -> Tensor:
                    none = annotate(List[Tensor], [])
                    cos, sin = self.rope(w[0], ids.size(1))
                    x = torch.embedding(w[0], ids)
                    for i in range(LAYERS):
                      x = self.layer(x, cos, sin, w, a, i, -1, -1, none, none)
                    return self.rms(x, w[1])
                  def logits(self: __torch__.Decoder, ids: Tensor, w: List[Tensor], p: List[Tensor]) -> Tensor:
                    return torch.linear(self.hidden(ids, w, self.cast(w, p)), HEAD).to(6)
                  def nll(self: __torch__.Decoder, ids: Tensor, labels: Tensor, w: List[Tensor], p: List[Tensor]) -> Tensor:
                    h = self.hidden(ids, w, self.cast(w, p))
                    out = annotate(List[Tensor], [])
                    for e in range(ids.size(0)):
                      at = torch.nonzero(labels[e] >= 0).view([-1])
                      sum = torch.zeros([], dtype=7, device=ids.device)
                      for c in range((at.size(0) + CHUNK_LESS) // CHUNK):
                        rows = torch.slice(at, 0, c * CHUNK, (c + 1) * CHUNK)
                        lp = torch.log_softmax(torch.linear(torch.index_select(h[e], 0, rows), HEAD).to(6), -1)
                        sum = sum - torch.sum(torch.gather(lp, 1, torch.index_select(labels[e], 0, rows).unsqueeze(1)).to(7))
                      out.append(sum)
                    return torch.stack(out)
                  def choose(self: __torch__.Decoder, z: Tensor, temperature: float, top: float) -> Tensor:
                    if temperature <= 0.:
                      return torch.argmax(z, -1, True)
                    probs, order = torch.sort(torch.softmax(z / temperature, -1), -1, True)
                    before = torch.cumsum(probs, -1) - probs
                    probs = probs.masked_fill(before > top, 0.)
                    return torch.gather(order, -1, torch.multinomial(probs, 1))
                  def generate(self: __torch__.Decoder, ids: Tensor, w: List[Tensor], p: List[Tensor], s: Tensor, ends: Tensor) -> Tensor:
                    most = int(s[0].item())
                    temperature = float(s[1].item())
                    top = float(s[2].item())
                    torch.manual_seed(int(s[3].to(4).item()))
                    a = self.cast(w, p)
                    t = ids.size(1)
                    ks = annotate(List[Tensor], [])
                    vs = annotate(List[Tensor], [])
                    for i in range(LAYERS):
                      ks.append(torch.zeros([1, KV_HEADS, t + most, HEAD_SIZE], dtype=6, device=ids.device))
                      vs.append(torch.zeros([1, KV_HEADS, t + most, HEAD_SIZE], dtype=6, device=ids.device))
                    cos, sin = self.rope_on(w[0], t, t + most)
                    out = annotate(List[Tensor], [])
                    past = 0
                    now = ids
                    go = most > 0
                    while go:
                      n = now.size(1)
                      x = torch.embedding(w[0], now)
                      c = torch.slice(cos, 0, past, past + n)
                      d = torch.slice(sin, 0, past, past + n)
                      for i in range(LAYERS):
                        x = self.layer(x, c, d, w, a, i, -1, past, ks, vs)
                      past = past + n
                      last = self.rms(torch.slice(x, 1, n - 1, n), w[1])
                      now = self.choose(torch.linear(last, HEAD).to(6).view([1, -1]), temperature, top)
                      out.append(now)
                      ended = bool(torch.any(torch.eq(ends, now.view([]))))
                      go = not ended and len(out) < most
                    if len(out) > 0:
                      return torch.cat(out, 1)
                    return torch.zeros([1, 0], dtype=4, device=ids.device)
                """.replace("CHUNK_LESS", Integer.toString(CHUNK - 1))
                .replace("CHUNK", Integer.toString(CHUNK))
                .replace("LAYERS", Integer.toString(config.layers()))
                .replace("KV_HEADS", Integer.toString(config.keyValueHeads()))
                .replace("HEAD_SIZE", Integer.toString(config.headSize()))
                .replace("HEAD", head());
    }
}
