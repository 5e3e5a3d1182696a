package org.moraine.whole;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;
import org.moraine.stack.LocalStack;
import org.moraine.stack.Part;
import org.moraine.stack.StackException;

/**
 * One part is killed when a job is at one of its stations, which is seen in a service's log, and comes back a while
 * later.
 */
record Fault(Station station, Part victim, Duration away) {

    private static final Duration LONGEST = Duration.ofMinutes(2);

    /** Where a job may be when something is killed: the service that has just logged this. */
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

    /** Every station with every part. */
    static List<Fault> all() {
        return Arrays.stream(Station.values())
                .flatMap(station -> Arrays.stream(Part.values()).map(part -> new Fault(station, part, Duration.ZERO)))
                .toList();
    }

    Fault away(Duration time) {
        return new Fault(station, victim, time);
    }

    /** Waits until the job is there, kills the part, and returns when it is back. */
    void strike(LocalStack stack, String job) {
        Path log = stack.settings().data().resolve("logs").resolve(station.part.word() + ".log");
        Path before = log.resolveSibling(log.getFileName() + ".before"); // where the service has been killed meanwhile
        Awaitility.await()
                .alias(this + " of " + job)
                .atMost(LONGEST)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> says(log, job) || says(before, job));
        stack.kill(victim);
        Awaitility.await().pollDelay(away).atMost(LONGEST).until(() -> true);
        // A service does not come up while another fault has its database.
        Awaitility.await().atMost(LONGEST).pollDelay(Duration.ZERO).until(() -> isBack(stack));
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
