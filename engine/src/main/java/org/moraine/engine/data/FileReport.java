package org.moraine.engine.data;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;

/**
 * What a look through a training file found.
 *
 * @param problems the first hundred lines with a problem
 * @param tokens null where the file was looked through without a tokenizer
 */
public record FileReport(
        LineCounts lines,
        List<LineProblem> problems,
        @Nullable TokenCounts tokens,
        List<Warning> warnings) {

    static final int MOST_PROBLEMS = 100;
    private static final int NAMED = 3;

    public FileReport {
        problems = List.copyOf(problems);
        warnings = List.copyOf(warnings);
    }

    /**
     * How many lines there are of each kind.
     *
     * @param all blank ones too
     * @param examples lines to train on
     * @param preferencePairs pairs of a preferred and another answer, which are checked, but not trained on
     * @param duplicates lines that are equal to one before, as far as the first million different lines tell
     * @param broken lines that are no example
     * @param unlearnable examples with nothing to learn
     */
    public record LineCounts(int all, int examples, int preferencePairs, int duplicates, int broken, int unlearnable) {

        /** Lines with a problem. */
        public int bad() {
            return broken + unlearnable;
        }
    }

    /**
     * How many tokens the examples have, each as long as it stands in the file.
     *
     * @param trained tokens to learn, of what is left of each example within the limit
     * @param longest the longest example's, and {@code longestLine} its line
     * @param truncated examples longer than {@code limit}, which are cut
     */
    public record TokenCounts(long all, long trained, int longest, int longestLine, int truncated, int limit) {}

    /**
     * What is worth a look, and hinders nothing.
     *
     * @param code such as {@code few_examples}
     * @param lines how many lines it is about
     */
    public record Warning(String code, int lines, String message) {}

    /** Whether a line is no example; a file that is not may still hold nothing to learn. */
    public boolean isBroken() {
        return lines.broken > 0;
    }

    /** Why the file cannot be trained on, naming its first bad lines and how many more; empty where it can. */
    public Optional<Problem> problem() {
        return problem(TrainingFile.FIELD);
    }

    /** As {@link #problem()}, of a file that was named in another field, such as {@code validation_file}. */
    public Optional<Problem> problem(String field) {
        String the = "The " + field.replace('_', ' ');
        if (lines.bad() > 0) {
            String first =
                    problems.stream().limit(NAMED).map(LineProblem::toString).collect(Collectors.joining("; "));
            int more = lines.bad() - Math.min(NAMED, problems.size());
            return Optional.of(invalid(
                    field,
                    the + " has " + (lines.bad() == 1 ? "a bad line: " : "bad lines: ") + first
                            + (more > 0 ? " (and " + more + " more)" : "")));
        }
        if (lines.preferencePairs > 0) {
            return Optional.of(invalid(
                    field,
                    the + " holds " + lines.preferencePairs
                            + " preference pairs; training on preference pairs (dpo) is not offered"));
        }
        return lines.examples > 0
                ? Optional.empty()
                : Optional.of(invalid(field, the + " holds no example; each line is one JSON object"));
    }

    /** Throws {@link Refused} where there is a {@link #problem(String)}. */
    void require(String field) {
        problem(field).ifPresent(problem -> {
            throw new Refused(problem);
        });
    }

    private static Problem invalid(String field, String message) {
        return new Problem(Problem.Category.INVALID, "invalid_" + field, message, field);
    }
}
