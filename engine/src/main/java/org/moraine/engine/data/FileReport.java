package org.moraine.engine.data;

import java.util.List;
import java.util.Optional;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;

/**
 * What a look through a training file found.
 *
 * @param lines all lines, blank ones too
 * @param examples lines that are examples
 * @param trainable examples with an answer to learn
 * @param badLines lines with a problem, of which {@code problems} holds the first hundred
 */
public record FileReport(int lines, int examples, int trainable, int badLines, List<LineProblem> problems) {

    static final int MOST_PROBLEMS = 100;

    public FileReport {
        problems = List.copyOf(problems);
    }

    /** Why the file cannot be trained on, naming its first bad line and how many more; empty where it can. */
    public Optional<Problem> problem() {
        if (badLines > 0) {
            String more = badLines == 1 ? "" : " (and " + (badLines - 1) + " more)";
            return Optional.of(invalid("The training file has a bad line: " + problems.get(0) + more));
        }
        return trainable > 0
                ? Optional.empty()
                : Optional.of(invalid("The training file holds no example; each line is one JSON object"));
    }

    /** Throws {@link Refused} where there is a {@link #problem}. */
    public void require() {
        problem().ifPresent(problem -> {
            throw new Refused(problem);
        });
    }

    private static Problem invalid(String message) {
        return new Problem(Problem.Category.INVALID, "invalid_training_file", message, "training_file");
    }
}
