package org.moraine.engine.model;

/**
 * The program text of generation: the whole of it, cache, loop and choice of the next token, is one call.
 *
 * <p>Prompts of unlike length go through the model in one row. Their keys and values stand in a cache (prompts x
 * key-value heads x columns x head), each from the left; what is generated stands in the same columns for all, after
 * the longest prompt. A mask hides the gap between, and what a sliding window leaves behind.
 */
final class GenerationText {

    private GenerationText() {}

    /**
     * The method {@code generate(self, ids, ends, w, p, s, stops)}: ids of all prompts in a row, where each ends,
     * weights, the adapter's matrices; s: most tokens, temperature (zero: the likeliest), top-p, seed; a prompt is done
     * after any of the ids in stops. Returns the new ids, (prompts x steps), -1 after a prompt's end.
     *
     * @param spread which devices the layers are on, and their caches
     * @param head the expression of the output head's weight
     * @param codes whether the last two of the weights are the head in int8 and its scales
     */
    static String of(ModelConfig config, LayerSpread spread, String head, boolean codes) {
        SlidingWindow window = config.architecture().window();
        String windowed = window.layers().isEmpty() ? "" : """
                              seen = torch.slice(at, 1, column, column + 1) - WINDOW
                              masks.append(torch.slice(self.spread(mask.masked_fill(torch.le(at, seen), -inf)), 2, 0, column + 1))
                        """.replace("WINDOW", Integer.toString(window.tokens()));
        return """
                  def choose(self: __torch__.Decoder, x: Tensor, w: List[Tensor], temperature: float, top: float) -> Tensor:
                    h, r = self.rms(x.to(w[1].device), w[1])
                    z = {logits}.to(w[0].device, 6)
                    if temperature <= 0.:
                      return torch.argmax(z, -1, True)
                    probs, order = torch.sort(torch.softmax(z / temperature, -1), -1, True)
                    before = torch.cumsum(probs, -1) - probs
                    probs = probs.masked_fill(before > top, 0.)
                    return torch.gather(order, -1, torch.multinomial(probs, 1))
                  def spread(self: __torch__.Decoder, mask: Tensor) -> Tensor:
                    return torch.repeat_interleave(mask, {keys}, 0).unsqueeze(1)
                  def beside(self: __torch__.Decoder, x: Tensor, masks: List[Tensor]) -> List[Tensor]:
                    out = annotate(List[Tensor], [])
                    for mask in masks:
                      out.append(mask.to(x.device))
                    return out
                  def generate(self: __torch__.Decoder, ids: Tensor, ends: Tensor, w: List[Tensor], p: List[Tensor], s: Tensor, stops: Tensor) -> Tensor:
                    most = int(s[0].item())
                    temperature = float(s[1].item())
                    top = float(s[2].item())
                    torch.manual_seed(int(s[3].to(4).item()))
                    a = self.cast(w, p)
                    w = self.placed(w, a)
                    bounds = self.bounds(ends)
                    n = len(bounds)
                    none = annotate(List[Tensor], [])
                    cs = annotate(List[Tensor], [])
                    ds = annotate(List[Tensor], [])
                    later_cs = annotate(List[Tensor], [])
                    later_ds = annotate(List[Tensor], [])
                    longest = 0
                    lo = 0
                    for hi in bounds:
                      t = hi - lo
                      c, d = self.rope_on(w[0], t, t + most)
                      cs.append(torch.slice(c, 0, 0, t))
                      ds.append(torch.slice(d, 0, 0, t))
                      later_cs.append(torch.slice(c, 0, t, t + most))
                      later_ds.append(torch.slice(d, 0, t, t + most))
                      longest = max(longest, t)
                      lo = hi
                    later_c = torch.stack(later_cs, 1)
                    later_c = torch.cat([later_c, later_c], -1).unsqueeze(2)
                    later_d = torch.stack(later_ds, 1)
                    later_d = torch.cat([torch.neg(later_d), later_d], -1).unsqueeze(2)
                    starts = torch.cat([torch.zeros([1], dtype=4, device=ids.device), torch.slice(ends, 0, 0, n - 1)])
                    length = (ends - starts).unsqueeze(1)
                    column_of = torch.arange(longest + most, dtype=4, device=ids.device).unsqueeze(0)
                    at = torch.where(column_of < longest, column_of, column_of - longest + length)
                    gap = torch.logical_and(column_of >= length, column_of < longest)
                    mask = torch.zeros([n, longest + most], dtype=6, device=ids.device).masked_fill(gap, -inf)
                    spread = self.spread(mask)
                    cache = annotate(List[Tensor], [])
                    keys = annotate(List[Tensor], [])
                    values = annotate(List[Tensor], [])
                    for i in range({layers}):
                      kv = torch.zeros([2, n, {keys}, longest + most, {size}], dtype=6, device=w[{before} + i * {weights}].device)
                      cache.extend([kv[0], kv[1]])
                      keys.append(kv[0].view([n * {keys}, longest + most, {size}]))
                      values.append(kv[1].view([n * {keys}, longest + most, {size}]))
                    x = torch.embedding(w[0], ids)
                    c = torch.cat(cs, 0)
                    d = torch.cat(ds, 0)
                    for g in range({devices}):
                      x, c, d = self.bring(x, c, d, g, w)
                      for i in range({bounds}[g], {bounds}[g + 1]):
                        x = self.layer(x, bounds, c, d, w, a, i, -1, cache, none, {nothing})
                    now = self.choose(torch.index_select(x, 0, (ends - 1).to(x.device)), w, temperature, top)
                    out = [now]
                    done = torch.any(torch.eq(now, stops), 1, True)
                    while len(out) < most and not bool(torch.all(done)):
                      column = longest + len(out) - 1
                      masks = [torch.slice(spread, 2, 0, column + 1)]
                {windowed}      x = torch.embedding(w[0], now.view([-1]))
                      c = torch.select(later_c, 0, len(out) - 1)
                      d = torch.select(later_d, 0, len(out) - 1)
                      for g in range({devices}):
                        x, c, d = self.bring(x, c, d, g, w)
                        masks = self.beside(x, masks)
                        for i in range({bounds}[g], {bounds}[g + 1]):
                          x = self.layer_next(x, c, d, w, a, i, column, keys, values, masks)
                      now = self.choose(x, w, temperature, top)
                      out.append(now.masked_fill(done, -1))
                      done = torch.logical_or(done, torch.any(torch.eq(now, stops), 1, True))
                    return torch.cat(out, 1)
                """.replace("{windowed}", windowed)
                .replace("-inf", "float(\"-inf\")")
                .replace("{nothing}", Integer.toString(LayerText.NOTHING))
                .replace("{layers}", Integer.toString(config.layers()))
                .replace("{devices}", Integer.toString(spread.devices()))
                .replace("{bounds}", spread.bounds().toString())
                .replace("{before}", Integer.toString(WeightName.beforeLayers(config)))
                .replace("{weights}", Integer.toString(WeightName.layer(config).size()))
                .replace("{keys}", Integer.toString(config.keyValueHeads()))
                .replace("{size}", Integer.toString(config.headSize()))
                .replace(
                        "{logits}",
                        codes
                                ? QuantisedText.product(
                                        "h", "w[len(w) - 2]", "w[len(w) - 1]", "torch.linear(h, " + head + ")")
                                : "torch.linear(h, " + head + ")");
    }
}
