package org.moraine.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.moraine.stack.Checkout;

/** Runs the load tool wrk: so many connections, each with one request under way at a time. */
final class Wrk {

    private final Path program;
    private final Path folder;
    private final AtomicLong number = new AtomicLong();

    Wrk(Path program, Path folder) {
        this.program = program;
        this.folder = folder;
    }

    /** What one run saw; times in milliseconds. */
    record Figures(long answers, double seconds, double p50, double p99, double longest) {
        double rate() {
            return answers / seconds;
        }
    }

    /** Sends one body to a path, again and again, with numbers of its own in the place of {@code @N@}. */
    Figures post(URI path, String key, String body, int connections, int seconds) throws Exception {
        return run("POST", path, key, List.of(body.replaceAll("\\s*\n\\s*", "")), connections, seconds);
    }

    /** Asks for paths below a service, one after another. */
    Figures get(URI service, String key, List<String> paths, int connections, int seconds) throws Exception {
        return run("GET", service, key, paths, connections, seconds);
    }

    private Figures run(String method, URI uri, String key, List<String> lines, int connections, int seconds)
            throws IOException, InterruptedException {
        Path file = Files.write(folder.resolve("wrk-lines"), lines);
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--threads=1",
                        "--connections=" + connections,
                        "--duration=" + seconds + "s",
                        "--timeout=60s",
                        "--script=" + Checkout.root().resolve("benchmarks/job-load.lua"),
                        uri.toString(),
                        "--",
                        method,
                        file.toString(),
                        key,
                        uri.getPath(),
                        Long.toString(number.getAndAdd(1_000_000_000)))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        process.waitFor();
        String[] figures = output.lines()
                .filter(line -> line.startsWith("figures "))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("wrk says no figures: " + output))
                .split(" ");
        if (!figures[6].equals("0")) {
            throw new IllegalStateException("Some requests were not answered well: " + output);
        }
        return new Figures(
                Long.parseLong(figures[1]),
                Double.parseDouble(figures[2]),
                Double.parseDouble(figures[3]),
                Double.parseDouble(figures[4]),
                Double.parseDouble(figures[5]));
    }
}
