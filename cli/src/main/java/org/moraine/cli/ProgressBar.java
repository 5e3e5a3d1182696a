package org.moraine.cli;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * How far a training is: {@code [#####-----] step 30/60  loss 1.2345  5,400 tokens/s  0:12 left}. On a terminal it is
 * drawn in place; elsewhere, as in a log, it is a line every few seconds.
 */
final class ProgressBar {

    private static final int WIDTH = 28;
    private static final long LINE_EVERY_NANOS = 5_000_000_000L;

    private final PrintWriter out;
    private final boolean inPlace;

    private int drawn;
    private long lastLine = System.nanoTime() - LINE_EVERY_NANOS;

    ProgressBar(PrintWriter out, boolean inPlace) {
        this.out = out;
        this.inPlace = inPlace;
    }

    /** In place where the script {@code ./moraine} saw a terminal. */
    static ProgressBar on(PrintWriter out) {
        return new ProgressBar(out, Boolean.getBoolean("moraine.terminal"));
    }

    /**
     * Shows one step.
     *
     * @param step from 1
     * @param secondsLeft as far as the pace of the last steps tells
     */
    void show(int step, int steps, double loss, double tokensPerSecond, double secondsLeft) {
        String line = line(step, steps, loss, tokensPerSecond, secondsLeft);
        if (inPlace) {
            draw(line);
        } else if (step == 1 || step == steps || System.nanoTime() - lastLine >= LINE_EVERY_NANOS) {
            lastLine = System.nanoTime();
            out.println(line);
            out.flush();
        }
    }

    /** Leaves the bar as it stands; what is printed next begins a line of its own. */
    void end() {
        if (drawn > 0) out.println();
        drawn = 0;
        out.flush();
    }

    private void draw(String line) {
        out.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
        out.flush();
        drawn = line.length();
    }

    static String line(int step, int steps, double loss, double tokensPerSecond, double secondsLeft) {
        int full = (int) Math.round((double) WIDTH * step / Math.max(1, steps));
        return String.format(
                Locale.ROOT,
                "[%s%s] step %d/%d  loss %.4f  %,.0f tokens/s  %s left",
                "#".repeat(full),
                "-".repeat(WIDTH - full),
                step,
                steps,
                loss,
                tokensPerSecond,
                time(secondsLeft));
    }

    static String time(double seconds) {
        long whole = Math.max(0, Math.round(seconds));
        return whole < 3600
                ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}
