package org.moraine.engine.model;

import java.util.Set;
import org.moraine.contracts.Projection;

/**
 * Where a family's layer differs from Llama's.
 *
 * @param biased the projections that add a bias
 * @param headNorms whether queries and keys go through an RMSNorm over each head, as Qwen3's do
 * @param window how far back attention reaches
 * @param scaling what the rotary embedding does with long sequences
 */
public record Architecture(Set<Projection> biased, boolean headNorms, SlidingWindow window, RopeScaling scaling) {

    /** Llama 2's layer, which differs in nothing. */
    public static final Architecture LLAMA =
            new Architecture(Set.of(), false, SlidingWindow.NONE, new RopeScaling.None());

    public Architecture {
        biased = Set.copyOf(biased);
    }
}
