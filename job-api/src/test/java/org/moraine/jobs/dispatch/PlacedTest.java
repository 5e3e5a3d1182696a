package org.moraine.jobs.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.JobId;
import org.moraine.contracts.WorkerKind;
import org.moraine.jobs.Needs;

/** Many dispatches at once are what as many one after another would be. */
class PlacedTest {

    private static final long GIGABYTE = 1L << 30;
    private static final WorkerKind SMALL = new WorkerKind(WorkerKind.Device.CPU, 2 * GIGABYTE, false);
    private static final WorkerKind LARGE = new WorkerKind(WorkerKind.Device.GPU, 64 * GIGABYTE, false);

    @Test
    void theTeamWithTheFewestUnderWayIsNext() {
        Map<JobId, String> placed =
                placed(Map.of(SMALL, 4), due("a1", 0, 1), due("a2", 0, 1), due("a3", 0, 1), due("b1", 1, 1));

        assertThat(placed.keySet()).containsExactly(id("a1"), id("b1"), id("a2"), id("a3"));
    }

    @Test
    void whatIsUnderWayAlreadyCounts() {
        Map<JobId, String> placed = placed(Map.of(SMALL, 2), due("a1", 2, 1), due("b1", 1, 1), due("b2", 1, 1));

        assertThat(placed.keySet()).containsExactly(id("b1"), id("a1"));
    }

    @Test
    void aJobThatNobodyLeftFitsIsPassedOver() {
        Map<JobId, String> placed =
                placed(Map.of(SMALL, 1, LARGE, 1), due("a1", 0, 8), due("a2", 0, 8), due("a3", 0, 1));

        assertThat(placed).containsOnly(Map.entry(id("a1"), LARGE.word()), Map.entry(id("a3"), SMALL.word()));
    }

    @Test
    void theSmallestKindThatFitsIsTaken() {
        Map<JobId, String> placed = placed(Map.of(SMALL, 1, LARGE, 2), due("a1", 0, 1), due("a2", 0, 1));

        assertThat(placed).containsOnly(Map.entry(id("a1"), SMALL.word()), Map.entry(id("a2"), LARGE.word()));
    }

    private static Map<JobId, String> placed(Map<WorkerKind, Integer> idle, Dispatcher.Due... due) {
        Map<String, Deque<Dispatcher.Due>> teams = Stream.of(due)
                .collect(Collectors.groupingBy(Dispatcher.Due::team, Collectors.toCollection(ArrayDeque::new)));
        List<Workers.Present> present = Stream.of(SMALL, LARGE)
                .filter(idle::containsKey)
                .map(kind -> new Workers.Present(kind, idle.getOrDefault(kind, 0), null))
                .toList();
        return Dispatcher.placed(
                teams,
                present,
                idle.values().stream().mapToInt(Integer::intValue).sum());
    }

    /** A job of the team of its first letter, as old as its number says. */
    private static Dispatcher.Due due(String name, int share, int gigabytes) {
        return new Dispatcher.Due(
                id(name),
                name.substring(0, 1),
                Instant.EPOCH.plusSeconds(Integer.parseInt(name.substring(1))),
                share,
                new Needs(gigabytes * GIGABYTE, null));
    }

    private static JobId id(String name) {
        return new JobId("ftjob-" + name + "0".repeat(24 - name.length()));
    }
}
