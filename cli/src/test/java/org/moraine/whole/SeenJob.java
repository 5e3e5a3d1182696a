package org.moraine.whole;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** A job as a client saw it that asked again and again, and got no answer at times. */
final class SeenJob {

    private static final Duration LONGEST = Duration.ofMinutes(4);
    private static final List<String> ENDS = List.of("succeeded", "failed", "cancelled");

    private final List<String> statuses = new CopyOnWriteArrayList<>();

    /** Looks until the job has ended. */
    SeenJob watch(Stack stack, String job) {
        Awaitility.await()
                .alias(job + " ends")
                .atMost(LONGEST)
                .pollInterval(Duration.ofMillis(100))
                .ignoreException(UncheckedIOException.class)
                .until(() -> ENDS.contains(look(stack, job)));
        return this;
    }

    private String look(Stack stack, String job) {
        String status = stack.job(job).path("status").asText();
        if (!status.isEmpty()
                && (statuses.isEmpty() || !statuses.get(statuses.size() - 1).equals(status))) {
            statuses.add(status);
        }
        return status;
    }

    /** The statuses in the order in which they were seen, each change once. */
    List<String> statuses() {
        return List.copyOf(statuses);
    }
}
