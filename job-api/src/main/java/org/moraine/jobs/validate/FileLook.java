package org.moraine.jobs.validate;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;
import org.moraine.engine.data.FileReport;
import org.moraine.engine.data.LineProblem;

/**
 * What the look through one file found, as its readers are told.
 *
 * @param id the file's
 * @param valid whether it can be used as what it was named for
 * @param message why not, null where it can
 * @param problems the first hundred bad lines
 */
public record FileLook(
        String id,
        boolean valid,
        @Nullable String message,
        Lines lines,
        @Nullable Tokens tokens,
        List<BadLine> problems,
        List<Warning> warnings) {

    /** How many lines there are of each kind. */
    public record Lines(int total, int examples, int preferencePairs, int duplicates, int broken, int unlearnable) {}

    /** How many tokens, by the base model's tokenizer. */
    public record Tokens(long total, long trained, int longest, int longestLine, int truncated, int limit) {}

    /** A line that cannot be used. */
    public record BadLine(int line, int column, String field, String kind, String reason) {}

    /** What is worth a look. */
    public record Warning(String code, int lines, String message) {}

    static FileLook of(String id, @Nullable Problem problem, FileReport report) {
        FileReport.LineCounts lines = report.lines();
        FileReport.TokenCounts tokens = report.tokens();
        return new FileLook(
                id,
                problem == null,
                problem == null ? null : problem.message(),
                new Lines(
                        lines.all(),
                        lines.examples(),
                        lines.preferencePairs(),
                        lines.duplicates(),
                        lines.broken(),
                        lines.unlearnable()),
                tokens == null
                        ? null
                        : new Tokens(
                                tokens.all(),
                                tokens.trained(),
                                tokens.longest(),
                                tokens.longestLine(),
                                tokens.truncated(),
                                tokens.limit()),
                report.problems().stream().map(FileLook::badLine).toList(),
                report.warnings().stream()
                        .map(warning -> new Warning(warning.code(), warning.lines(), warning.message()))
                        .toList());
    }

    private static BadLine badLine(LineProblem problem) {
        return new BadLine(
                problem.line(),
                problem.column(),
                problem.field(),
                problem.kind().name().toLowerCase(Locale.ROOT),
                problem.reason());
    }
}
