package org.moraine.engine.model;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.moraine.engine.EngineException;

/**
 * Attention that reaches back over a fixed number of tokens (Longformer, arXiv 2004.05150; Mistral, arXiv 2310.06825).
 *
 * @param tokens keys that a query sees, its own included
 * @param layers the layers that do so; the others see everything before them
 */
public record SlidingWindow(int tokens, Set<Integer> layers) {

    /** Every layer sees everything before it. */
    public static final SlidingWindow NONE = new SlidingWindow(1, Set.of());

    public SlidingWindow {
        if (tokens < 1) {
            throw new EngineException("sliding_window is at least 1, not " + tokens);
        }
        layers = Collections.unmodifiableSet(new TreeSet<>(layers)); // in one order, which its text shows
    }
}
