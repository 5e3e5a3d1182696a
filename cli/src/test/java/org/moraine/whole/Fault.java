package org.moraine.whole;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.moraine.stack.LocalStack;
import org.moraine.stack.Part;
import org.moraine.stack.StackException;

/**
 * Something that happens when a job is at one of its stations, which is seen in a service's log.
 *
 * @param victim what is killed, or what the services' connections lead to
 * @param lasts after which what was killed comes back, and connections are whole again
 */
record Fault(Station station, Harm harm, Part victim, Duration lasts) {

    private static final Duration LONGEST = Duration.ofMinutes(2);

    /** What may happen. */
    enum Harm {
        KILLED,
        CUT,
        SILENT,
        SLOW,
        /** The job's messages come again, in another order. */
        REPLAYED
    }

    /** Where a job may be when something happens: the service that has just logged this. */
    enum Station {
        ACCEPTED(Part.JOB_API, "Job accepted"),
        QUEUED(Part.JOB_API, "Job queued"),
        DISPATCHED(Part.JOB_API, "Job dispatched"),
        TAKEN(Part.JOB_API, "Job taken"),
        CLAIMED(Part.WORKER, "Lease claimed"),
        FETCHED(Part.WORKER, "The training file is fetched"),
        STARTED(Part.WORKER, "Training started"),
        START_TOLD(Part.JOB_API, "Training started"),
        CHECKPOINT(Part.JOB_API, "Checkpoint saved"),
        FINISHED(Part.WORKER, "Training finished"),
        VISIBLE(Part.REGISTRY, "Version published"),
        PUBLISHED(Part.WORKER, "Adapter published"),
        ENDED(Part.WORKER, "Attempt ended"),
        SUCCEEDED(Part.JOB_API, "Job succeeded");

        private final Part part;
        private final String line;

        Station(Part part, String line) {
            this.part = part;
            this.line = line;
        }
    }

    /** Every station with every part that can be killed. */
    static List<Fault> kills() {
        return at(Harm.KILLED, List.of(Part.values()));
    }

    /** Every station with every way in which connections and messages suffer. */
    static List<Fault> ofConnections() {
        return Stream.of(
                        at(Harm.CUT, Relays.PARTS),
                        at(Harm.SILENT, Relays.PARTS),
                        at(Harm.SLOW, Relays.PARTS),
                        at(Harm.REPLAYED, List.of(Part.KAFKA)))
                .flatMap(List::stream)
                .toList();
    }

    private static List<Fault> at(Harm harm, List<Part> victims) {
        return Arrays.stream(Station.values())
                .flatMap(station -> victims.stream().map(part -> new Fault(station, harm, part, Duration.ZERO)))
                .toList();
    }

    Fault lasting(Duration time) {
        return new Fault(station, harm, victim, time);
    }

    /**
     * Waits until the job is there, does what there is to do, and returns when all is whole again.
     *
     * @param ended whether the job has ended; it may have done so without a checkpoint, where another fault kept it from
     *     leaving one
     */
    void strike(Stack stack, String job, BooleanSupplier ended, Random random) {
        Path log = stack.local().settings().data().resolve("logs").resolve(station.part.word() + ".log");
        Path before = log.resolveSibling(log.getFileName() + ".before"); // where the service has been killed meanwhile
        Awaitility.await()
                .alias(this + " of " + job)
                .atMost(LONGEST)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> says(log, job) || says(before, job) || ended.getAsBoolean());
        switch (harm) {
            case KILLED -> {
                stack.local().kill(victim);
                passTime();
                // A service does not come up while another fault has its database.
                Awaitility.await().atMost(LONGEST).pollDelay(Duration.ZERO).until(() -> isBack(stack.local()));
            }
            case REPLAYED ->
                Replay.of(job, "127.0.0.1:" + stack.relays().before(victim).port(), random);
            case CUT, SILENT, SLOW -> {
                stack.relays().before(victim).is(Relay.Line.valueOf(harm.name()));
                passTime();
                stack.relays().before(victim).is(Relay.Line.WHOLE);
            }
        }
    }

    private void passTime() {
        Awaitility.await().pollDelay(lasts).atMost(LONGEST).until(() -> true);
    }

    private boolean says(Path log, String job) {
        try {
            return Files.readString(log).lines().anyMatch(line -> line.contains(station.line) && line.contains(job));
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isBack(LocalStack stack) {
        try {
            stack.startAgain(victim);
            return true;
        } catch (StackException e) {
            return false;
        }
    }
}
