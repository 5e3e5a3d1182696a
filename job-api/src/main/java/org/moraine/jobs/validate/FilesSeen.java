package org.moraine.jobs.validate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.DataFile;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.data.FileReport;

/**
 * What the latest looks through files found: many jobs are made of one file. It holds at most {@value #MOST} of them,
 * with {@value #MOST_LENGTHS} examples together, each for {@link #LASTS}, since a base model of the same name may come to
 * have another tokenizer. Safe for use by many threads.
 */
final class FilesSeen {

    private static final int MOST = 64;
    private static final int MOST_LENGTHS = 1 << 20;
    private static final Duration LASTS = Duration.ofMinutes(10);

    private final Clock clock;
    private final Map<Sight, Seen> all = new LinkedHashMap<>();
    private final Map<Asked, Known> efforts = new LinkedHashMap<>();
    private int lengths;

    FilesSeen(Clock clock) {
        this.clock = clock;
    }

    /** All that what is found depends on: the file's bytes, the tokenizer and where examples are cut. */
    record Sight(Digest file, String baseModel, int maxTokens) {
        static Sight of(JobSpec spec, DataFile file) {
            return new Sight(
                    file.digest(), spec.baseModel(), spec.trainingSettings().maxTokens());
        }
    }

    /**
     * What was found.
     *
     * @param lengths tokens of each example; not to be written to
     */
    record Seen(FileReport report, int[] lengths, Instant at) {}

    /** All that the effort of a training depends on. */
    private record Asked(Sight sight, AdapterSettings adapter, TrainingSettings training) {}

    private record Known(Effort effort, Seen of) {}

    synchronized Optional<Seen> find(Sight sight) {
        Seen found = all.get(sight);
        return found == null || found.at.plus(LASTS).isBefore(clock.instant()) ? Optional.empty() : Optional.of(found);
    }

    /** What a job's training takes, counted anew unless a job with the same settings was looked at lately. */
    Effort effort(JobSpec spec, Seen training, Supplier<Effort> counted) {
        Asked asked = new Asked(Sight.of(spec, spec.trainingFile()), spec.adapterSettings(), spec.trainingSettings());
        synchronized (this) {
            Known known = efforts.get(asked);
            if (known != null && known.of == training) {
                return known.effort;
            }
        }
        Effort effort = counted.get();
        synchronized (this) {
            if (efforts.size() >= MOST) {
                efforts.remove(efforts.keySet().iterator().next());
            }
            efforts.put(asked, new Known(effort, training));
        }
        return effort;
    }

    synchronized Seen keep(Sight sight, FileReport report, int[] tokens) {
        Seen seen = new Seen(report, tokens, clock.instant());
        remove(sight);
        if (tokens.length > MOST_LENGTHS) {
            return seen;
        }
        while (all.size() >= MOST || lengths + tokens.length > MOST_LENGTHS) {
            remove(all.keySet().iterator().next());
        }
        all.put(sight, seen);
        lengths += tokens.length;
        return seen;
    }

    private void remove(Sight sight) {
        Seen removed = all.remove(sight);
        if (removed != null) {
            lengths -= removed.lengths.length;
        }
    }
}
