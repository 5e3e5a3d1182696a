package org.moraine.engine.model;

/**
 * What a rotary embedding (arXiv 2104.09864) does with sequences longer than the model was first trained on. The
 * programs compute the frequencies by the very operations of transformers, in 32 bits, so that both agree to the bit.
 */
public sealed interface RopeScaling {

    /**
     * Two methods of a program. {@code rope(self, x, t)}: cosines and sines (t x head size / 2, 32 bits) of a sequence of t
     * tokens, on x's device. {@code rope_on(self, x, t, total)}: the same (total x head size / 2) for a prompt of t tokens
     * and what is generated after it.
     *
     * @param theta the base of the frequencies
     */
    String text(String className, double theta, int headSize);

    /** The longest sequence, where {@code max_position_embeddings} is this. */
    default int positions(int named) {
        return named;
    }

    /** The frequencies as they are. */
    record None() implements RopeScaling {
        @Override
        public String text(String className, double theta, int headSize) {
            return ofAnyLength(className, theta, headSize, "");
        }
    }

    /**
     * All frequencies divided by one factor (arXiv 2306.15595). {@code max_position_embeddings} counts the positions
     * before they are drawn together, as most published folders have it.
     */
    record Linear(double factor) implements RopeScaling {
        @Override
        public String text(String className, double theta, int headSize) {
            return ofAnyLength(className, theta, headSize, "    inv = inv / " + factor + "\n");
        }

        @Override
        public int positions(int named) {
            return (int) Math.min(Integer.MAX_VALUE, named * factor);
        }
    }

    /**
     * Llama 3.1's: long waves are stretched by the factor, short ones left, those between mixed.
     *
     * @param low waves longer than {@code original / low} tokens are long
     * @param high waves shorter than {@code original / high} tokens are short
     * @param original positions of the first training
     */
    record Llama3(double factor, double low, double high, int original) implements RopeScaling {
        @Override
        public String text(String className, double theta, int headSize) {
            String scaled = """
                        wave = torch.mul(torch.reciprocal(inv), 6.283185307179586)
                        inv = torch.where(wave > LONGEST, inv / FACTOR, inv)
                        smooth = (torch.mul(torch.reciprocal(wave), ORIGINAL) - LOW) / HIGH_LESS_LOW
                        mixed = (1 - smooth) * inv / FACTOR + smooth * inv
                        inv = torch.where(torch.logical_and(wave >= SHORTEST, wave <= LONGEST), mixed, inv)
                    """.replace("LONGEST", Double.toString(original / low))
                    .replace("SHORTEST", Double.toString(original / high))
                    .replace("ORIGINAL", Integer.toString(original))
                    .replace("FACTOR", Double.toString(factor))
                    .replace("HIGH_LESS_LOW", Double.toString(high - low))
                    .replace("LOW", Double.toString(low));
            return ofAnyLength(className, theta, headSize, scaled);
        }
    }

    /**
     * A base that grows with the sequence (dynamic NTK). A whole sequence of more than {@code original} tokens is
     * turned by the base of its whole length. While generating, each new token is turned by the base of the length that
     * it makes, and keys in the cache stay as they were, as in transformers: what is generated beyond {@code original}
     * depends on where the prompt ended, and is not what a forward pass over the whole would give.
     */
    record Dynamic(double factor, int original) implements RopeScaling {
        @Override
        public String text(String className, double theta, int headSize) {
            return """
                      def rope(self: __torch__.CLASS, x: Tensor, t: int) -> Tuple[Tensor, Tensor]:
                        return self.rope_on(x, t, t)
                      def rope_on(self: __torch__.CLASS, x: Tensor, t: int, total: int) -> Tuple[Tensor, Tensor]:
                        at = torch.arange(total, dtype=4, device=x.device).unsqueeze(1)
                        n = torch.clamp(at + 1, t)
                        grown = torch.pow(n * FACTOR / ORIGINAL - FACTOR_LESS_ONE, POWER) * THETA
                        base = torch.where(n > ORIGINAL, grown, torch.full_like(grown, THETA))
                        inv = torch.reciprocal(torch.pow(base, torch.arange(0, SIZE, 2, dtype=6, device=x.device) / SIZE.))
                        f = at.to(6) * inv
                        return (torch.cos(f), torch.sin(f))
                    """.replace("CLASS", className)
                    .replace("THETA", Double.toString(theta))
                    .replace("SIZE", Integer.toString(headSize))
                    .replace("POWER", Double.toString(headSize / (headSize - 2.0)))
                    .replace("ORIGINAL", Integer.toString(original))
                    .replace("FACTOR_LESS_ONE", Double.toString(factor - 1))
                    .replace("FACTOR", Double.toString(factor));
        }

        @Override
        public int positions(int named) {
            return (int) Math.min(Integer.MAX_VALUE, named * factor);
        }
    }

    /** @param scaled lines that change the frequencies {@code inv} (head size / 2) */
    private static String ofAnyLength(String className, double theta, int headSize, String scaled) {
        return """
                  def rope(self: __torch__.CLASS, x: Tensor, t: int) -> Tuple[Tensor, Tensor]:
                    inv = torch.reciprocal(torch.pow(THETA, torch.arange(0, SIZE, 2, dtype=6, device=x.device) / SIZE.))
                SCALED    at = torch.arange(t, dtype=6, device=x.device)
                    f = torch.outer(at, inv)
                    return (torch.cos(f), torch.sin(f))
                  def rope_on(self: __torch__.CLASS, x: Tensor, t: int, total: int) -> Tuple[Tensor, Tensor]:
                    return self.rope(x, total)
                """.replace("CLASS", className)
                .replace("THETA", Double.toString(theta))
                .replace("SIZE", Integer.toString(headSize))
                .replace("SCALED", scaled);
    }
}
