package org.moraine.engine.model;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The program text of causal attention. */
final class AttentionText {

    /**
     * Tokens from which an example's attention is computed in the type that all else is computed in. In a shorter one a
     * CPU is faster in 32 bits than in bfloat16: twice as fast at 128 tokens, a quarter slower at 1024.
     */
    static final int LONG = 512;

    private AttentionText() {}

    /**
     * A method {@code attend(self, q, k, v, i)}: q (kv x group x t x size), the query heads that share a key-value head in
     * one group (arXiv 2305.13245); k, v (kv x 1 x t x size); i the layer; returns what q is.
     *
     * <p>Where the layer sees a window of w tokens only, queries go w at a time with the 2 w - 1 keys that they can
     * see, so that neither the mask nor the time grows with the square of t.
     */
    static String of(ModelConfig config) {
        SlidingWindow window = config.architecture().window();
        String windowed = IntStream.range(0, config.layers())
                .mapToObj(layer -> window.layers().contains(layer) ? "True" : "False")
                .collect(Collectors.joining(", "));
        return """
                  def attend(self: __torch__.Decoder, q: Tensor, k: Tensor, v: Tensor, i: int) -> Tensor:
                WINDOWED    return self.see(q, k, v, None, True)
                  def see(self: __torch__.Decoder, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor], causal: bool) -> Tensor:
                    k = k.expand([-1, q.size(1), -1, -1])
                    v = v.expand([-1, q.size(1), -1, -1])
                    return torch.scaled_dot_product_attention(q, k, v, mask, 0., causal)
                """.replace(
                        "WINDOWED",
                        window.layers().isEmpty()
                                ? ""
                                : """
                            t = q.size(2)
                            if [WINDOWED_LAYERS][i] and t > WINDOW:
                              out = annotate(List[Tensor], [])
                              for c in range((t + WINDOW - 1) // WINDOW):
                                lo = c * WINDOW
                                hi = min(lo + WINDOW, t)
                                first = max(lo - WINDOW + 1, 0)
                                at = torch.arange(lo, hi, device=q.device).unsqueeze(1)
                                key = torch.arange(first, hi, device=q.device).unsqueeze(0)
                                mask = torch.logical_and(key <= at, key > at - WINDOW)
                                qc = torch.slice(q, 2, lo, hi)
                                kc = torch.slice(k, 2, first, hi)
                                vc = torch.slice(v, 2, first, hi)
                                out.append(self.see(qc, kc, vc, mask, False))
                              return torch.cat(out, 2)
                        """.replace("WINDOWED_LAYERS", windowed)
                                        .replace("WINDOW", Integer.toString(window.tokens())));
    }
}
