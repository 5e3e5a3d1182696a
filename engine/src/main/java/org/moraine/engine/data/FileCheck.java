package org.moraine.engine.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One look through a file: what is counted on the way. */
final class FileCheck {

    private static final int FEW = 10;
    private static final int MOST_FIELDS = 20;
    private static final int LONGEST_FIELD = 40;

    private final @Nullable Labelling labelling;
    private final Consumer<Example> examples;
    private final List<LineProblem> problems = new ArrayList<>();
    private final SeenLines seen = new SeenLines();
    private final Map<String, Integer> unread = new TreeMap<>();
    private int good;
    private int pairs;
    private int duplicates;
    private int broken;
    private int unlearnable;
    private long tokens;
    private long trained;
    private int longest;
    private int longestLine;
    private int truncated;

    FileCheck(@Nullable Labelling labelling) {
        this(labelling, example -> {});
    }

    /** Where there is a labelling, {@code examples} is given what it makes of each line. */
    FileCheck(@Nullable Labelling labelling, Consumer<Example> examples) {
        this.labelling = labelling;
        this.examples = examples;
    }

    FileReport read(InputStream in) throws IOException {
        Lines lines = new Lines(in);
        while (lines.next()) {
            if (!lines.isBlank()) {
                read(lines);
            }
        }
        return new FileReport(
                new FileReport.LineCounts(lines.number(), good, pairs, duplicates, broken, unlearnable),
                problems,
                labelling == null
                        ? null
                        : new FileReport.TokenCounts(
                                tokens, trained, longest, longestLine, truncated, labelling.maxTokens()),
                warnings());
    }

    private void read(Lines line) {
        try {
            line.require();
            ExampleLine read = LineReader.read(line, this::countUnread);
            if (read instanceof ExampleLine.Preference) {
                pairs++;
            } else {
                if (labelling != null) {
                    count(labelling.whole(line.number(), read), labelling);
                }
                good++;
            }
            duplicates += seen.add(line.fingerprint()) ? 1 : 0;
        } catch (BadLine e) {
            broken += e.kind() == LineProblem.Kind.BROKEN ? 1 : 0;
            unlearnable += e.kind() == LineProblem.Kind.NOTHING_TO_LEARN ? 1 : 0;
            if (problems.size() < FileReport.MOST_PROBLEMS) {
                problems.add(e.of(line));
            }
        }
    }

    private void count(Example whole, Labelling labelling) throws BadLine {
        int length = whole.ids().length;
        tokens += length;
        truncated += length > labelling.maxTokens() ? 1 : 0;
        if (length > longest) {
            longest = length;
            longestLine = whole.line();
        }
        Example cut = labelling.cut(whole);
        trained += cut.trainedTokens();
        examples.accept(cut);
    }

    private void countUnread(String field) {
        String name = field.length() <= LONGEST_FIELD ? field : field.substring(0, LONGEST_FIELD) + "...";
        if (unread.size() < MOST_FIELDS || unread.containsKey(name)) {
            unread.merge(name, 1, Integer::sum);
        }
    }

    private List<FileReport.Warning> warnings() {
        List<FileReport.Warning> warnings = new ArrayList<>();
        if (good + pairs > 0 && good + pairs < FEW) {
            warnings.add(new FileReport.Warning(
                    "few_examples",
                    good + pairs,
                    "There are fewer than " + FEW + " examples; some hundred are where results begin to be good"));
        }
        if (duplicates > 0) {
            warnings.add(new FileReport.Warning(
                    "duplicate_examples", duplicates, duplicates + " lines are equal to one before them"));
        }
        if (truncated > 0 && labelling != null) {
            warnings.add(new FileReport.Warning(
                    "truncated_examples",
                    truncated,
                    truncated + " examples are longer than " + labelling.maxTokens() + " tokens, and are cut there"));
        }
        unread.forEach((field, lines) -> warnings.add(new FileReport.Warning(
                "unread_field", lines, "The field '" + field + "' of " + lines + " lines is not read")));
        return warnings;
    }
}
