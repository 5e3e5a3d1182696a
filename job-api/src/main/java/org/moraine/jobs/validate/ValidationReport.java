package org.moraine.jobs.validate;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;
import org.moraine.engine.data.FileReport;
import org.moraine.engine.data.LineProblem;
import org.moraine.jobs.Job;

/**
 * What the look through a job's training file found, as its readers are told.
 *
 * @param valid whether the file can be trained on
 * @param tokens null where the base model's tokenizer could not be used
 * @param problems the first hundred bad lines
 */
record ValidationReport(
        String object,
        String job,
        String trainingFile,
        boolean valid,
        @Nullable String message,
        Lines lines,
        @Nullable Tokens tokens,
        List<BadLine> problems,
        List<Warning> warnings) {

    record Lines(int total, int examples, int preferencePairs, int duplicates, int broken, int unlearnable) {}

    record Tokens(long total, long trained, int longest, int longestLine, int truncated, int limit) {}

    record BadLine(int line, int column, String field, String kind, String reason) {}

    record Warning(String code, int lines, String message) {}

    static ValidationReport of(Job job, FileReport report) {
        FileReport.LineCounts lines = report.lines();
        FileReport.TokenCounts tokens = report.tokens();
        Optional<Problem> problem = report.problem();
        return new ValidationReport(
                "fine_tuning.job.validation",
                job.id().value(),
                job.asked().trainingFile(),
                problem.isEmpty(),
                problem.map(Problem::message).orElse(null),
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
                report.problems().stream().map(ValidationReport::badLine).toList(),
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
