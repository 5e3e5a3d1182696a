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
     * after any of the ids in stops. Returns the new ids, (prompts x steps), -1 after a prompt's end. And the method
     * {@code recall}, attention of one query for each prompt to its cache.
     *
     * @param head the expression of the output head's weight
     */
    static String of(ModelConfig config, String head) {
        SlidingWindow window = config.architecture().window();
        String windowed = window.layers().isEmpty() ? "" : """
                              seen = torch.slice(at, 1, column, column + 1) - WINDOW
                              cache[1] = mask.masked_fill(torch.le(at, seen), -inf)
                        """.replace("WINDOW", Integer.toString(window.tokens()));
        return """
                  def choose(self: __torch__.Decoder, x: Tensor, w: List[Tensor], temperature: float, top: float) -> Tensor:
                    h, r = self.rms(x, w[1])
                    z = torch.linear(h, {head}).to(6)
                    if temperature <= 0.:
                      return torch.argmax(z, -1, True)
                    probs, order = torch.sort(torch.softmax(z / temperature, -1), -1, True)
                    before = torch.cumsum(probs, -1) - probs
                    probs = probs.masked_fill(before > top, 0.)
                    return torch.gather(order, -1, torch.multinomial(probs, 1))
                  def recall(self: __torch__.Decoder, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, columns: int) -> Tensor:
                    n = q.size(2)
                    q = q.permute([2, 0, 1, 3]).reshape([n * {keys}, {group}, {size}])
                    k = torch.slice(k, 2, 0, columns).view([n * {keys}, columns, {size}])
                    v = torch.slice(v, 2, 0, columns).view([n * {keys}, columns, {size}])
                    z = torch.mul_(torch.bmm(q, k.transpose(1, 2)), {scale}).view([n, -1, columns])
                    p = torch.softmax(z.add_(torch.slice(mask, 1, 0, columns).unsqueeze(1)), -1)
                    return torch.bmm(p.view([n * {keys}, {group}, columns]), v).view([n, {keys}, {group}, {size}])
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
                    later_d = torch.stack(later_ds, 1)
                    starts = torch.cat([torch.zeros([1], dtype=4, device=ids.device), torch.slice(ends, 0, 0, n - 1)])
                    length = (ends - starts).unsqueeze(1)
                    column_of = torch.arange(longest + most, dtype=4, device=ids.device).unsqueeze(0)
                    at = torch.where(column_of < longest, column_of, column_of - longest + length)
                    gap = torch.logical_and(column_of >= length, column_of < longest)
                    mask = torch.zeros([n, longest + most], dtype=6, device=ids.device).masked_fill(gap, -inf)
                    cache = [mask, mask]
                    for i in range({layers}):
                      cache.append(torch.zeros([n, {keys}, longest + most, {size}], dtype=6, device=ids.device))
                      cache.append(torch.zeros([n, {keys}, longest + most, {size}], dtype=6, device=ids.device))
                    x = torch.embedding(w[0], ids)
                    c = torch.cat(cs, 0)
                    d = torch.cat(ds, 0)
                    for i in range({layers}):
                      x = self.layer(x, bounds, c, d, w, a, i, -1, 0, cache, none, {nothing})
                    now = self.choose(torch.index_select(x, 0, ends - 1), w, temperature, top)
                    out = [now]
                    done = torch.any(torch.eq(now, stops), 1, True)
                    while len(out) < most and not bool(torch.all(done)):
                      column = longest + len(out) - 1
                {windowed}      x = torch.embedding(w[0], now.view([-1]))
                      c = torch.select(later_c, 0, len(out) - 1)
                      d = torch.select(later_d, 0, len(out) - 1)
                      for i in range({layers}):
                        x = self.layer(x, bounds, c, d, w, a, i, -1, column, cache, none, {nothing})
                      now = self.choose(x, w, temperature, top)
                      out.append(now.masked_fill(done, -1))
                      done = torch.logical_or(done, torch.any(torch.eq(now, stops), 1, True))
                    return torch.cat(out, 1)
                """.replace("{windowed}", windowed)
                .replace("-inf", "float(\"-inf\")")
                .replace("{scale}", Double.toString(1 / Math.sqrt(config.headSize())))
                .replace("{group}", Integer.toString(config.heads() / config.keyValueHeads()))
                .replace("{nothing}", Integer.toString(LayerText.NOTHING))
                .replace("{layers}", Integer.toString(config.layers()))
                .replace("{keys}", Integer.toString(config.keyValueHeads()))
                .replace("{size}", Integer.toString(config.headSize()))
                .replace("{head}", head);
    }
}
