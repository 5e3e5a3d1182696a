package org.moraine.worker.publish;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.moraine.engine.checkpoint.History;

/**
 * A training's losses over its steps as a picture: in blue each step's, in orange those on examples that were not learnt.
 * It is a PNG, since the Hub shows no SVG of a repository, and has digits of its own, since a server need have no font.
 */
final class LossPicture {

    private static final int WIDTH = 1440;
    private static final int HEIGHT = 600;
    private static final int LEFT = 110;
    private static final int RIGHT = 30;
    private static final int TOP = 30;
    private static final int BOTTOM = 60;
    private static final int MOST_TICKS = 6;
    private static final int PIXEL = 4;
    private static final Color GRID = new Color(0xE5E7EB);
    private static final Color TEXT = new Color(0x4B5563);
    private static final Color LEARNT = new Color(0x2563EB);
    private static final Color MEASURED = new Color(0xEA580C);

    /** Three dots wide and five high, a row in three bits, the top one first. */
    private static final int[] DIGITS = {
        0b111_101_101_101_111,
        0b010_110_010_010_111,
        0b111_001_111_100_111,
        0b111_001_111_001_111,
        0b101_101_111_001_001,
        0b111_100_111_001_111,
        0b111_100_111_101_111,
        0b111_001_010_010_010,
        0b111_101_111_101_111,
        0b111_101_111_001_111
    };

    /** A loss after a step. */
    private record Point(int step, double loss) {}

    private final List<Point> learnt;
    private final List<Point> measured;
    private final int last;
    private final double top;

    private LossPicture(List<Point> learnt, List<Point> measured) {
        this.learnt = learnt;
        this.measured = measured;
        this.last = all().mapToInt(Point::step).max().orElse(1);
        double highest = all().mapToDouble(Point::loss).max().orElse(1);
        this.top = highest > 0 ? highest : 1;
    }

    /** Whether there is anything to show: two steps at least. */
    static boolean shows(History history) {
        return points(history).size() > 1;
    }

    /** Writes the picture; the same for the same history. */
    static void write(History history, Path file) throws IOException {
        List<Point> measured = history.evaluations().stream()
                .map(evaluated -> new Point(evaluated.step(), evaluated.loss()))
                .filter(point -> Double.isFinite(point.loss))
                .toList();
        BufferedImage image = new LossPicture(points(history), measured).drawn();
        if (!ImageIO.write(image, "png", file.toFile())) {
            throw new IOException("Java writes no PNG here");
        }
    }

    private static List<Point> points(History history) {
        return history.steps().stream()
                .map(step -> new Point(step.step(), step.loss()))
                .filter(point -> Double.isFinite(point.loss))
                .toList();
    }

    private Stream<Point> all() {
        return Stream.concat(learnt.stream(), measured.stream());
    }

    private BufferedImage drawn() {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, WIDTH, HEIGHT);
        grid(graphics);
        graphics.setStroke(new BasicStroke(3, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        graphics.setColor(LEARNT);
        graphics.draw(line(thinned(learnt)));
        graphics.setColor(MEASURED);
        graphics.draw(line(measured));
        for (Point point : measured) {
            graphics.fill(new Ellipse2D.Double(x(point.step) - 7, y(point.loss) - 7, 14, 14));
        }
        graphics.dispose();
        return image;
    }

    private void grid(Graphics2D graphics) {
        double loss = tick(top);
        for (int i = 0; i * loss <= top; i++) {
            graphics.setColor(GRID);
            graphics.fillRect(LEFT, (int) y(i * loss), WIDTH - LEFT - RIGHT, 2);
            String label = label(i * loss, loss);
            graphics.setColor(TEXT);
            write(graphics, label, LEFT - 16 - width(label), (int) y(i * loss) - 5 * PIXEL / 2);
        }
        double steps = Math.max(1, tick(last));
        for (int i = 0; i * steps <= last; i++) {
            String label = label(i * steps, 1);
            graphics.setColor(TEXT);
            write(graphics, label, (int) x(i * steps) - width(label) / 2, HEIGHT - BOTTOM + 20);
        }
    }

    /** A round distance of ticks: 1, 2 or 5 times a power of ten. */
    private static double tick(double most) {
        double least = most / MOST_TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        for (int times : new int[] {1, 2, 5}) {
            if (times * power >= least) {
                return times * power;
            }
        }
        return 10 * power;
    }

    private static String label(double value, double tick) {
        int places = tick >= 1 ? 0 : (int) Math.min(6, Math.ceil(-Math.log10(tick)));
        return String.format(Locale.ROOT, "%." + places + "f", value);
    }

    /** As many points as there are pixels beside each other, each the mean of those that fall there. */
    private List<Point> thinned(List<Point> points) {
        int most = WIDTH - LEFT - RIGHT;
        if (points.size() <= most) {
            return points;
        }
        List<Point> thinned = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            List<Point> here = points.subList(
                    (int) ((long) points.size() * i / most), (int) ((long) points.size() * (i + 1) / most));
            double mean = here.stream().mapToDouble(Point::loss).average().orElseThrow();
            thinned.add(new Point(here.get(here.size() / 2).step, mean));
        }
        return thinned;
    }

    private Path2D line(List<Point> points) {
        Path2D line = new Path2D.Double();
        for (Point point : points) {
            if (line.getCurrentPoint() == null) {
                line.moveTo(x(point.step), y(point.loss));
            } else {
                line.lineTo(x(point.step), y(point.loss));
            }
        }
        return line;
    }

    private double x(double step) {
        return LEFT + step / last * (WIDTH - LEFT - RIGHT);
    }

    private double y(double loss) {
        return HEIGHT - BOTTOM - loss / top * (HEIGHT - TOP - BOTTOM);
    }

    private static int width(String label) {
        return (4 * label.length() - 1) * PIXEL - (label.indexOf('.') < 0 ? 0 : 2 * PIXEL);
    }

    private static void write(Graphics2D graphics, String label, int x, int y) {
        int at = x;
        for (char c : label.toCharArray()) {
            if (c == '.') {
                graphics.fillRect(at, y + 4 * PIXEL, PIXEL, PIXEL);
                at += 2 * PIXEL;
                continue;
            }
            for (int dot = 0; dot < 15; dot++) {
                if ((DIGITS[c - '0'] >> (14 - dot) & 1) == 1) {
                    graphics.fillRect(at + dot % 3 * PIXEL, y + dot / 3 * PIXEL, PIXEL, PIXEL);
                }
            }
            at += 4 * PIXEL;
        }
    }
}
