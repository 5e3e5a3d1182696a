package org.moraine.engine.training;

import java.util.ArrayDeque;
import java.util.Deque;

/** How fast the last steps went. */
final class Pace {

    private record Step(long tokens, double seconds) {}

    private final int most;
    private final Deque<Step> steps = new ArrayDeque<>();

    Pace(int most) {
        this.most = most;
    }

    void add(long tokens, double seconds) {
        steps.addLast(new Step(tokens, seconds));
        if (steps.size() > most) {
            steps.removeFirst();
        }
    }

    double tokensPerSecond() {
        return steps.stream().mapToLong(Step::tokens).sum() / Math.max(1e-9, seconds());
    }

    double secondsPerStep() {
        return seconds() / Math.max(1, steps.size());
    }

    private double seconds() {
        return steps.stream().mapToDouble(Step::seconds).sum();
    }
}
