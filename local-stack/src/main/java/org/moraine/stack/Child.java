package org.moraine.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A process of the stack, tethered to this one: a pipe is held open to a few lines of shell beside it, and when the pipe
 * closes, since this program closed it or died, those lines end the process, softly first. It runs in a session of its
 * own, so that an interrupt typed at the terminal reaches this program alone, which then stops the parts in their order.
 *
 * <p>The process's id and start are kept in a file beside its log. A later start finds there what a killed run may have
 * left behind, and ends it.
 */
final class Child implements Running {

    private static final String TETHER = """
            soft=$1; hard=$2; shift 2
            exec 3<&0 </dev/null
            (
              exec >/dev/null 2>&1
              cat <&3
              kill -"$soft" $$ || exit 0
              tries=0
              while kill -0 $$; do
                tries=$((tries + 1))
                if [ $tries -gt 100 ]; then kill -"$hard" $$; exit 0; fi
                sleep 0.1
              done
            ) &
            exec "$@" 3<&-
            """;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration CLOCK_SET = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 150;
    private static final int LAST_LINES = 15;

    /** How a process is asked to end, and how it is made to. */
    enum Ending {
        TERM_THEN_KILL("TERM", "KILL"),
        INT_THEN_QUIT("INT", "QUIT");

        private final String soft;
        private final String hard;

        Ending(String soft, String hard) {
            this.soft = soft;
            this.hard = hard;
        }
    }

    private final Part part;
    private final Path log;
    private final Path pidFile;
    private final Process process;

    private Child(Part part, Path log, Path pidFile, Process process) {
        this.part = part;
        this.log = log;
        this.pidFile = pidFile;
        this.process = process;
    }

    /**
     * Starts a process, after ending what an earlier run of the same log file left.
     *
     * @param log takes what the process prints; the log before it is kept beside it with {@code .before}
     */
    static Child start(Part part, Ending ending, List<String> command, Map<String, String> environment, Path log) {
        Path pidFile = pidFile(log);
        endLeftover(log);
        List<String> tethered = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) tethered.add("/usr/bin/setsid");
        tethered.addAll(List.of("/bin/sh", "-c", TETHER, "tether", ending.soft, ending.hard));
        tethered.addAll(command);
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            if (Files.exists(log)) {
                Files.move(log, log.resolveSibling(log.getFileName() + ".before"), StandardCopyOption.REPLACE_EXISTING);
            }
            ProcessBuilder builder =
                    new ProcessBuilder(tethered).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            Files.writeString(pidFile, identity(process.toHandle()));
            return new Child(part, log, pidFile, process);
        } catch (IOException e) {
            throw new StackException(part.title() + " could not be started: " + e.getMessage(), e);
        }
    }

    /** Ends the process that an earlier run left, when it still lives. */
    static void endLeftover(Path log) {
        Path pidFile = pidFile(log);
        if (!Files.exists(pidFile)) return;
        try {
            String[] identity = Files.readString(pidFile).split(" ", -1);
            Instant started = Instant.parse(identity[1]);
            ProcessHandle.of(Long.parseLong(identity[0]))
                    .filter(handle -> near(started, handle.info().startInstant()))
                    .ifPresent(Child::end);
            Files.deleteIfExists(pidFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException | DateTimeParseException e) {
            // The machine went down while the file was being written; the process went with it.
        }
    }

    @Override
    public Child process() {
        return this;
    }

    /** Waits until {@code ready} holds; the message of a process that ends before carries its last log lines. */
    void awaitReady(Duration atMost, BooleanSupplier ready) {
        awaitReady(atMost, ready, () -> "");
    }

    /** As {@link #awaitReady(Duration, BooleanSupplier)}; the message of one that is late says what it lacked. */
    void awaitReady(Duration atMost, BooleanSupplier ready, Supplier<String> lacking) {
        Instant end = Instant.now().plus(atMost);
        while (!ready.getAsBoolean()) {
            if (!process.isAlive()) {
                close();
                throw ended();
            }
            if (Instant.now().isAfter(end)) {
                String lines = lastLines();
                close();
                throw new StackException(
                        part.title() + " was not ready after " + atMost.toSeconds() + " s" + lacking.get()
                                + ". Its log, "
                                + log + ", ends:\n" + lines);
            }
            pause();
        }
    }

    /** Waits for a process that ends by itself and well. */
    void awaitEnd(Duration atMost) {
        try {
            boolean well = process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS) && process.exitValue() == 0;
            close();
            if (!well) throw ended();
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
        }
    }

    boolean alive() {
        return process.isAlive();
    }

    /** Ends the process as a crash would, at once and with nothing tidied. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    long pid() {
        return process.pid();
    }

    Part part() {
        return part;
    }

    Path log() {
        return log;
    }

    StackException ended() {
        return new StackException(
                part.title() + " ended with status " + status() + ". Its log, " + log + ", ends:\n" + lastLines());
    }

    /** Called once when the process ends, for whatever reason. */
    void onExit(Runnable action) {
        process.onExit().thenRun(action);
    }

    /** Ends the process, softly, and waits for it. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // The tether is gone already, and the process with it or ended below.
        }
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
            Files.deleteIfExists(pidFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private String status() {
        return process.isAlive() ? "none yet" : Integer.toString(process.exitValue());
    }

    private String lastLines() {
        try {
            List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
        } catch (IOException e) {
            return "(the log cannot be read: " + e.getMessage() + ")";
        }
    }

    static void end(ProcessHandle leftover) {
        leftover.destroy();
        Instant end = Instant.now().plus(PATIENCE);
        while (leftover.isAlive() && Instant.now().isBefore(end)) pause();
        leftover.destroyForcibly();
        while (leftover.isAlive()) pause();
    }

    private static Path pidFile(Path log) {
        return log.resolveSibling(log.getFileName() + ".pid");
    }

    private static String identity(ProcessHandle handle) {
        return handle.pid() + " " + handle.info().startInstant().orElse(Instant.EPOCH);
    }

    /** The system reckons a start from the clock, which may have been set since. */
    private static boolean near(Instant started, Optional<Instant> other) {
        return other.filter(instant -> Duration.between(started, instant).abs().compareTo(CLOCK_SET) < 0)
                .isPresent();
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackException("Interrupted while the stack was starting or stopping.", e);
        }
    }
}
