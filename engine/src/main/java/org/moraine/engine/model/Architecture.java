package org.moraine.engine.model;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Quantisation;

/**
 * Where a family's layer differs from Llama's.
 *
 * @param biased the projections that add a bias
 * @param headNorms whether queries and keys go through an RMSNorm over each head, as Qwen3's do
 * @param window how far back attention reaches
 * @param scaling what the rotary embedding does with long sequences
 * @param quantisation how the matrices are held while they are frozen; no matter of the family, but of the layer's text
 */
public record Architecture(
        Set<Projection> biased,
        boolean headNorms,
        SlidingWindow window,
        RopeScaling scaling,
        Quantisation quantisation) {

    /** Llama 2's layer, which differs in nothing. */
    public static final Architecture LLAMA =
            new Architecture(Set.of(), false, SlidingWindow.NONE, new RopeScaling.None());

    /** A family's layer with its matrices as they are. */
    public Architecture(Set<Projection> biased, boolean headNorms, SlidingWindow window, RopeScaling scaling) {
        this(biased, headNorms, window, scaling, Quantisation.NONE);
    }

    public Architecture {
        biased = Collections.unmodifiableSet(new TreeSet<>(biased)); // in one order, which its text shows
    }

    Architecture quantised(Quantisation how) {
        return new Architecture(biased, headNorms, window, scaling, how);
    }
}
