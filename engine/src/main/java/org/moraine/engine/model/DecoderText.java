package org.moraine.engine.model;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.moraine.contracts.Quantisation;

/**
 * The program text of one decoder: the layers of {@link LayersText}, and around them what is asked of a model.
 *
 * <p>The step follows one plan (engine.md 1.3): forward; the loss over the labelled positions only, in chunks, with its
 * gradient written out by hand, so that the full logits never exist; back through the layers; clip; AdamW. With layers
 * recomputed, the forward pass keeps each layer's input and the narrow sums that adapters make of theirs, and the way
 * back runs each layer once more, up to what its own way back reads.
 */
final class DecoderText {

    static final String CLASS = "Decoder";

    private final ModelConfig config;
    private final LayersText layers;
    private final TrainedParts trained;
    private final List<String> outside;
    private final boolean recomputed;
    private final LayerSpread spread;

    /**
     * Describes a program.
     *
     * @param recomputed whether layers are run again on the way back instead of kept
     * @param spread which devices the weights are on, and the trained tensors beside them
     */
    DecoderText(ModelConfig config, TrainedParts trained, boolean recomputed, LayerSpread spread) {
        this.config = config;
        this.spread = spread;
        this.trained = trained;
        this.outside = trained.outside(config);
        this.layers = new LayersText(config, trained);
        this.recomputed = recomputed;
    }

    String text() {
        return config.architecture().scaling().text(CLASS, config.ropeTheta(), config.headSize())
                + AttentionText.of(config)
                + new QuantisedText(config).text()
                + layers.text()
                + borders()
                + loss()
                + gradients()
                + step()
                + inference()
                + GenerationText.of(config, spread, head(), headCodes());
    }

    private boolean headCodes() {
        return config.architecture().quantisation() == Quantisation.INT8 && !outside.contains(WeightName.HEAD);
    }

    private String head() {
        return config.tied() ? "w[0]" : "w[2]";
    }

    /**
     * The method {@code bring(self, x, cos, sin, d, w)}: the residual stream and the angles on device {@code d}, which has
     * the layers from {@code [...][d]} up to {@code [...][d + 1]}. What is there already stays as it is.
     */
    private String borders() {
        return """
                  def bring(self: __torch__.Decoder, x: Tensor, cos: Tensor, sin: Tensor, d: int, w: List[Tensor]) -> Tuple[Tensor, Tensor, Tensor]:
                    there = w[{before} + {bounds}[d] * {weights}].device
                    return (x.to(there), cos.to(there), sin.to(there))
                """.replace("{before}", Integer.toString(WeightName.beforeLayers(config)))
                .replace("{bounds}", spread.bounds().toString())
                .replace("{weights}", Integer.toString(WeightName.layer(config).size()));
    }

    /** The expression of the gradient of a weight outside the layers that is trained. */
    private String gradient(String weight) {
        return "grads[" + outside.indexOf(weight) + "]";
    }

    private String headName() {
        return config.tied() ? WeightName.EMBEDDING : WeightName.HEAD;
    }

    /**
     * Summed cross-entropy over the labelled rows, how many of their labels no other token was likelier than (both in
     * {@code loss}), and its gradients: softmax minus one-hot, times {@code scale}, times the head. A label below zero
     * means none. The loss is taken from the largest probability, 1 / sum exp(z - max z), so that it is exact however
     * unlikely the label. Logits and the probabilities of some of their rows are written to the same two buffers again
     * and again; the head's own gradient, where it is trained, is added to {@code dhead}.
     */
    private String loss() {
        return """
                  def loss(self: __torch__.Decoder, h: Tensor, labels: Tensor, head: Tensor, dhead: Tensor, scale: float) -> Tuple[Tensor, Tensor]:
                    lab = labels.view([-1])
                    at = torch.nonzero(lab >= 0).view([-1])
                    lab = torch.index_select(lab, 0, at)
                    hl = torch.index_select(h, 0, at)
                    dhl = torch.empty_like(hl)
                    loss = torch.zeros([2], dtype=6, device=h.device)
                    n = lab.size(0)
                    zs = torch.empty([min(n, {chunk}), head.size(0)], dtype=h.dtype, device=h.device)
                    ps = torch.empty([min(n, {piece}), head.size(0)], dtype=6, device=h.device)
                    for c in range((n + {chunk} - 1) // {chunk}):
                      lo = c * {chunk}
                      hc = torch.slice(hl, 0, lo, lo + {chunk})
                      lc = torch.slice(lab, 0, lo, lo + {chunk}).unsqueeze(1)
                      z = torch.slice(zs, 0, 0, hc.size(0))
                      torch.mm(hc, head.t(), out=z)
                      for k in range((hc.size(0) + {piece} - 1) // {piece}):
                        zk = torch.slice(z, 0, k * {piece}, (k + 1) * {piece})
                        lk = torch.slice(lc, 0, k * {piece}, (k + 1) * {piece})
                        p = torch.slice(ps, 0, 0, zk.size(0))
                        torch._softmax(p.copy_(zk), -1, False, out=p)
                        top = torch.amax(zk, [-1])
                        own = torch.gather(zk, 1, lk).view([-1])
                        nll = torch.sum(top.to(6) - torch.log(torch.amax(p, [-1])) - own.to(6))
                        loss = loss + torch.stack([nll, torch.sum(torch.eq(own, top)).to(6)])
                        p.scatter_add_(1, lk, torch.full([lk.size(0), 1], -1., dtype=6, device=h.device))
                        zk.copy_(p)
                      torch.mm(z, head, out=torch.slice(dhl, 0, lo, lo + {chunk}))
                {head}    dh = torch.zeros_like(h)
                    dh = dh.index_copy_(0, at, torch.mul_(dhl, scale))
                    return (loss, dh)
                """.replace("{chunk}", Integer.toString(Decoder.lossRows(config)))
                .replace("{piece}", Integer.toString(Decoder.LOSS_PIECE))
                .replace(
                        "{head}",
                        outside.contains(headName()) ? "      dhead.add_(torch.matmul(z.t(), hc), alpha=scale)\n" : "");
    }

    /**
     * The loss of one micro-batch, as {@link #loss} gives it; its gradients are added to {@code grads}, shaped as the
     * trainable list, 32 bits wide. What a first pass keeps of each layer stands in two pieces of memory on each device,
     * taken before: left where they were made, between the layer's short-lived values, the sums would cost four times
     * their size in holes. {@code w} are the weights and {@code a} the adapter's matrices, in the type computed in.
     */
    private String gradients() {
        String call = "self.layer(%s, ends, cos, sin, w, a, i, seed, none, keep, %d)";
        String room = """
                      n = {bounds}[d + 1] - {bounds}[d]
                      xs.append(torch.empty([n, x.size(0), x.size(1)], dtype=x.dtype, device=x.device))
                      us.append(torch.empty([n, x.size(0) * {narrow}], dtype=x.dtype, device=x.device))
                """;
        String pass = recomputed
                ? """
                            torch.select(xs[d], 0, i - {bounds}[d]).copy_(x)
                            x = %s
                            keep = self.gathered(keep, torch.select(us[d], 0, i - {bounds}[d]))
                    """.formatted(call.formatted("x", LayerText.SUMS))
                : "        x = " + call.formatted("x", LayerText.ALL) + "\n";
        String again = recomputed
                ? "        y = " + call.formatted("torch.select(xs[d], 0, i - {bounds}[d])", LayerText.REST) + "\n"
                : "";
        return """
                  def gathered(self: __torch__.Decoder, us: List[Tensor], flat: Tensor) -> List[Tensor]:
                    out = annotate(List[Tensor], [])
                    at = 0
                    for u in us:
                      out.append(torch.slice(flat, 0, at, at + u.numel()).view(u.size()).copy_(u))
                      at = at + u.numel()
                    return out
                  def gradients(self: __torch__.Decoder, ids: Tensor, labels: Tensor, ends: List[int], w: List[Tensor], a: List[Tensor], grads: List[Tensor], scale: float, seed: int) -> Tensor:
                    none = annotate(List[Tensor], [])
                    cos, sin = self.angles(w[0], ends)
                    x = torch.embedding(w[0], ids)
                    xs = annotate(List[Tensor], [])
                    us = annotate(List[Tensor], [])
                    keeps = annotate(List[List[Tensor]], [])
                    for d in range({devices}):
                      x, cos, sin = self.bring(x, cos, sin, d, w)
                {room}      for i in range({bounds}[d], {bounds}[d + 1]):
                        keep = annotate(List[Tensor], [])
                {pass}        keeps.append(keep)
                    x = x.to(w[1].device)
                    h, r = self.rms(x, w[1])
                    total, dh = self.loss(h, labels.to(h.device), {head}, {dhead}, scale)
                    dx = self.rms_back(dh, x, r, w[1], torch.zeros_like(x))
                    for d in range({devices} - 1, -1, -1):
                      dx, cos, sin = self.bring(dx, cos, sin, d, w)
                      for i in range({bounds}[d + 1] - 1, {bounds}[d] - 1, -1):
                        keep = keeps.pop()
                {again}        gs = self.layer_back(dx, ends, cos, sin, w, a, i, keep)
                        dx = gs.pop(0)
                        first = {before}
                        for q in range(len(gs)):
                          grads[first + q].add_(gs[q])
                {outside}    return total
                """.replace("{room}", recomputed ? room : "")
                .replace("{pass}", pass)
                .replace("{again}", again)
                .replace("{devices}", Integer.toString(spread.devices()))
                .replace("{bounds}", spread.bounds().toString())
                .replace("{narrow}", Integer.toString(layers.narrowColumns()))
                .replace("{before}", layers.trainedBefore())
                .replace("{head}", head())
                .replace("{dhead}", outside.contains(headName()) ? gradient(headName()) : "x")
                .replace("{outside}", outsideLayers());
    }

    /** The gradients of the embedding and the last norm; the head's is taken with the loss. */
    private String outsideLayers() {
        return outside.stream()
                .map(weight -> switch (weight) {
                    case WeightName.EMBEDDING ->
                        "    " + gradient(weight)
                                + ".add_(torch.embedding_dense_backward(dx, ids, " + config.vocabularySize()
                                + ", -1, False))\n";
                    case WeightName.LAST_NORM -> "    " + gradient(weight) + ".add_(self.rms_gradient(dh, x, r))\n";
                    default -> "";
                })
                .collect(Collectors.joining());
    }

    /**
     * One optimizer update from the micro-batches given: token-weighted mean of the loss, clipping by the global norm,
     * decoupled weight decay on matrices (AdamW, arXiv 1711.05101). {@code s}: step from 1, learning rate, labelled
     * tokens of the whole batch, seed (below zero: no dropout), largest norm, weight decay. Returns mean loss,
     * accuracy and the norm before clipping; nothing is updated where the loss or the norm is not finite ({@code
     * found_inf}).
     *
     * <p>All gradients on a device stand in one piece of memory, or in as many as runs of them follow one another: scattered
     * among the layers' short-lived values they would keep the holes that those leave from being used again. {@code runs}
     * are the places in the trainable list where another device begins. The norm is that of all. The fused update gets
     * lists out of a list of lists: libtorch does not see that a list filled inside the program holds the caller's
     * tensors, and drops an update of one as having no effect; of what comes out of another list it assumes nothing.
     */
    private String step() {
        List<Integer> runs = runs();
        return """
                  def bounds(self: __torch__.Decoder, ends: Tensor) -> List[int]:
                    out = annotate(List[int], [])
                    for e in range(ends.size(0)):
                      out.append(int(ends[e].item()))
                    return out
                  def rows(self: __torch__.Decoder, p: List[Tensor]) -> List[Tensor]:
                    out = annotate(List[Tensor], [])
                    for r in range({count}):
                      n = 0
                      for k in range({runs}[r], {runs}[r + 1]):
                        n = n + p[k].numel()
                      out.append(torch.zeros([n], dtype=6, device=p[{runs}[r]].device))
                    return out
                  def views(self: __torch__.Decoder, rows: List[Tensor], p: List[Tensor]) -> List[Tensor]:
                    out = annotate(List[Tensor], [])
                    for r in range({count}):
                      at = 0
                      for k in range({runs}[r], {runs}[r + 1]):
                        out.append(torch.slice(rows[r], 0, at, at + p[k].numel()).view(p[k].size()))
                        at = at + p[k].numel()
                    return out
                  def split(self: __torch__.Decoder, p: List[Tensor]) -> List[List[Tensor]]:
                    out = annotate(List[List[Tensor]], [])
                    for r in range({count}):
                      out.append(p[{runs}[r]:{runs}[r + 1]])
                    return out
                  def part(self: __torch__.Decoder, ids: List[Tensor], labels: List[Tensor], ends: List[Tensor], w: List[Tensor], p: List[Tensor], s: Tensor) -> List[Tensor]:
                    scale = 1. / float(s[2].item())
                    seed = int(s[3].to(4).item())
                    a = self.cast(w, p)
                    ws = self.placed(w, a)
                    rows = self.rows(p)
                    grads = self.views(rows, p)
                    loss = torch.zeros([2], dtype=6, device=w[1].device)
                    for n in range(len(ids)):
                      loss = loss + self.gradients(ids[n], labels[n], self.bounds(ends[n]), ws, a, grads, scale, seed + n if seed >= 0 else seed)
                    out = [loss]
                    out.extend(rows)
                    return out
                  def loss_and_gradients(self: __torch__.Decoder, ids: List[Tensor], labels: List[Tensor], ends: List[Tensor], w: List[Tensor], p: List[Tensor], s: Tensor) -> List[Tensor]:
                    rows = self.part(ids, labels, ends, w, p, s)
                    out = [rows.pop(0)[0] * (1. / float(s[2].item()))]
                    out.extend(self.views(rows, p))
                    return out
                  def step(self: __torch__.Decoder, ids: List[Tensor], labels: List[Tensor], ends: List[Tensor], w: List[Tensor], p: List[Tensor], m: List[Tensor], v: List[Tensor], s: Tensor) -> Tensor:
                    rows = self.part(ids, labels, ends, w, p, s)
                    return self.update(rows.pop(0), rows, p, m, v, s)
                  def update(self: __torch__.Decoder, loss: Tensor, rows: List[Tensor], p: List[Tensor], m: List[Tensor], v: List[Tensor], s: Tensor) -> Tensor:
                    loss = loss * (1. / float(s[2].item()))
                    grads = self.views(rows, p)
                    ps = self.split(p)
                    gs = self.split(grads)
                    ms = self.split(m)
                    vs = self.split(v)
                    norms = annotate(List[Tensor], [])
                    for g in gs:
                      norms.append(torch.stack(torch._foreach_norm(g, 2)).to(loss.device))
                    norm = torch.linalg_vector_norm(torch.cat(norms, 0))
                    clip = torch.clamp(torch.reciprocal(norm + 1e-6) * float(s[4].item()), None, 1.0)
                    bad = torch.logical_not(torch.isfinite(norm + loss[0])).to(6)
                    rate = float(s[1].item())
                    decay = float(s[5].item())
                    if decay > 0.:
                      for k in range(len(p)):
                        if p[k].dim() > 1:
                          p[k].mul_(1. - (1. - float(bad.item())) * rate * decay)
                    for r in range({count}):
                      g = gs[r]
                      there = g[0].device
                      n = s[0].to(6).to(there)
                      e = annotate(List[Tensor], [])
                      ns = annotate(List[Tensor], [])
                      for k in range(len(g)):
                        ns.append(n)
                      torch._foreach_mul_(g, clip.to(there))
                      torch._fused_adamw_(ps[r], g, ms[r], vs[r], e, ns, lr=rate, beta1=0.9, beta2=0.999, weight_decay=0., eps=1.0e-08, amsgrad=False, maximize=False, grad_scale=None, found_inf=bad.to(there))
                    return torch.stack([loss[0], loss[1], norm])
                  def joined(self: __torch__.Decoder, p: List[Tensor]) -> Tensor:
                    flat = annotate(List[Tensor], [])
                    for k in range(len(p)):
                      flat.append(p[k].view([-1]))
                    return torch.cat(flat, 0)
                  def take(self: __torch__.Decoder, flat: Tensor, p: List[Tensor]) -> Tensor:
                    parts = self.views([flat], p)
                    for k in range(len(p)):
                      p[k].copy_(parts[k])
                    return torch.zeros([1], device=flat.device)
                """.replace("{count}", Integer.toString(runs.size() - 1)).replace("{runs}", runs.toString());
    }

    /** Where runs of trained tensors on one device begin, and behind them how many there are. */
    private List<Integer> runs() {
        List<Integer> devices = trained.devices(config, spread);
        return IntStream.rangeClosed(0, devices.size())
                .filter(k -> k == 0 || k == devices.size() || !devices.get(k).equals(devices.get(k - 1)))
                .boxed()
                .toList();
    }

    /**
     * What needs no gradient. {@code logits}: examples of one length, (b x t) to (b x t x vocabulary), 32 bits. {@code
     * scores}: of a row of examples, the summed negative log-likelihood of the labels, and how many of them were the
     * likeliest, 64 bits.
     */
    private String inference() {
        return """
                  def cast(self: __torch__.Decoder, w: List[Tensor], p: List[Tensor]) -> List[Tensor]:
                    a = annotate(List[Tensor], [])
                    for k in range(len(p)):
                      a.append(p[k].detach().to(w[0].dtype))
                    return a
                  def placed(self: __torch__.Decoder, w: List[Tensor], a: List[Tensor]) -> List[Tensor]:
                PLACED  def angles(self: __torch__.Decoder, x: Tensor, ends: List[int]) -> Tuple[Tensor, Tensor]:
                    cs = annotate(List[Tensor], [])
                    ss = annotate(List[Tensor], [])
                    lo = 0
                    for hi in ends:
                      c, s = self.rope(x, hi - lo)
                      cs.append(c)
                      ss.append(s)
                      lo = hi
                    return (torch.cat(cs, 0), torch.cat(ss, 0))
                  def hidden(self: __torch__.Decoder, ids: Tensor, ends: List[int], w: List[Tensor], a: List[Tensor]) -> Tensor:
                    none = annotate(List[Tensor], [])
                    cos, sin = self.angles(w[0], ends)
                    x = torch.embedding(w[0], ids)
                    for d in range(DEVICES):
                      x, cos, sin = self.bring(x, cos, sin, d, w)
                      for i in range(BOUNDS[d], BOUNDS[d + 1]):
                        x = self.layer(x, ends, cos, sin, w, a, i, -1, none, none, NOTHING)
                    h, r = self.rms(x.to(w[1].device), w[1])
                    return h
                  def logits(self: __torch__.Decoder, ids: Tensor, w: List[Tensor], p: List[Tensor]) -> Tensor:
                    ends = annotate(List[int], [])
                    for e in range(ids.size(0)):
                      ends.append((e + 1) * ids.size(1))
                    a = self.cast(w, p)
                    w = self.placed(w, a)
                    h = self.hidden(ids.view([-1]), ends, w, a)
                    return torch.linear(h, HEAD).to(6).view([ids.size(0), ids.size(1), -1])
                  def scores(self: __torch__.Decoder, ids: Tensor, labels: Tensor, ends: Tensor, w: List[Tensor], p: List[Tensor]) -> Tensor:
                    a = self.cast(w, p)
                    w = self.placed(w, a)
                    h = self.hidden(ids, self.bounds(ends), w, a)
                    labels = labels.to(h.device)
                    at = torch.nonzero(labels >= 0).view([-1])
                    sum = torch.zeros([2], dtype=7, device=h.device)
                    for c in range((at.size(0) + CHUNK_LESS) // CHUNK):
                      rows = torch.slice(at, 0, c * CHUNK, (c + 1) * CHUNK)
                      lab = torch.index_select(labels, 0, rows)
                      lp = torch.log_softmax(torch.linear(torch.index_select(h, 0, rows), HEAD).to(6), -1)
                      nll = torch.sum(torch.gather(lp, 1, lab.unsqueeze(1)).to(7)) * -1.
                      sum = sum + torch.stack([nll, torch.sum(torch.eq(torch.argmax(lp, -1), lab)).to(7)])
                    return sum
                """.replace("NOTHING", Integer.toString(LayerText.NOTHING))
                .replace("CHUNK_LESS", Integer.toString(Decoder.lossRows(config) - 1))
                .replace("CHUNK", Integer.toString(Decoder.lossRows(config)))
                .replace("DEVICES", Integer.toString(spread.devices()))
                .replace("BOUNDS", spread.bounds().toString())
                .replace("HEAD", head())
                .replace("PLACED", placed());
    }

    /** The weights with those that are trained whole in their places, in the type computed in. */
    private String placed() {
        List<TrainedParts.Place> places = trained.places(config);
        if (places.isEmpty()) {
            return "    return w\n";
        }
        return """
                    at = AT
                    of = OF
                    out = annotate(List[Tensor], [])
                    out.extend(w)
                    for n in range(len(at)):
                      out[at[n]] = a[of[n]]
                    return out
                """.replace(
                "AT", places.stream().map(TrainedParts.Place::weight).toList().toString()).replace(
                "OF", places.stream().map(TrainedParts.Place::trained).toList().toString());
    }
}
