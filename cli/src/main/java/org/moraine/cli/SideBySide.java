package org.moraine.cli;

import java.util.ArrayList;
import java.util.List;

/** A table of text in columns of one width, long cells broken into lines between words. */
final class SideBySide {

    private static final String GAP = "  ";

    private final int width;
    private final int columns;

    /**
     * @param total letters that a line may have
     */
    SideBySide(int columns, int total) {
        this.columns = columns;
        this.width = Math.max(16, (total - GAP.length() * (columns - 1)) / columns);
    }

    List<String> row(List<String> cells) {
        List<List<String>> broken = cells.stream().map(this::lines).toList();
        int height = broken.stream().mapToInt(List::size).max().orElse(0);
        List<String> rows = new ArrayList<>();
        for (int line = 0; line < height; line++) {
            StringBuilder row = new StringBuilder();
            for (List<String> cell : broken) {
                String text = line < cell.size() ? cell.get(line) : "";
                row.append(text).append(" ".repeat(Math.max(0, width - text.length()) + GAP.length()));
            }
            rows.add(row.toString().stripTrailing());
        }
        return rows;
    }

    String rule() {
        return (("-".repeat(width) + GAP).repeat(columns)).stripTrailing();
    }

    private List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.replaceAll("\\s+", " ").strip().split(" ", -1)) {
            String rest = word;
            if (line.length() > 0 && line.length() + 1 + rest.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            while (rest.length() > width) {
                lines.add(rest.substring(0, width));
                rest = rest.substring(width);
            }
            if (line.length() > 0) line.append(' ');
            line.append(rest);
        }
        lines.add(line.toString());
        return lines;
    }
}
