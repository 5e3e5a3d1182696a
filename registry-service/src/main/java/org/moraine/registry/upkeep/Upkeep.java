package org.moraine.registry.upkeep;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.BlobStore;
import org.moraine.registry.blob.Brought;
import org.moraine.registry.blob.GarbageCollector;
import org.moraine.registry.blob.Scrubber;
import org.moraine.registry.retire.Purge;
import org.moraine.registry.retire.Retention;

/** Retires, purges, collects and scrubs, round after round. Several instances of the service may do so at once. */
@Singleton
class Upkeep {

    private static final Logger LOG = Logger.getLogger(Upkeep.class);

    private final UpkeepConfig config;
    private final Retention retention;
    private final Purge purge;
    private final GarbageCollector collector;
    private final Scrubber scrubber;
    private final Brought brought;
    private final BlobStore store;
    private final Clock clock = Clock.systemUTC();
    private final ScheduledExecutorService rounds =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "upkeep"));
    private volatile @Nullable Round last;

    Upkeep(
            UpkeepConfig config,
            Retention retention,
            Purge purge,
            GarbageCollector collector,
            Scrubber scrubber,
            Brought brought,
            BlobStore store) {
        this.config = config;
        this.retention = retention;
        this.purge = purge;
        this.collector = collector;
        this.scrubber = scrubber;
        this.brought = brought;
        this.store = store;
    }

    /**
     * What a round did, or would do.
     *
     * @param retiredVersions deleted by their adapters' retention rules
     * @param scrubbed null in a dry round, which reads nothing
     */
    record Round(
            Instant at,
            boolean dry,
            int retiredVersions,
            int purgedVersions,
            GarbageCollector.Collected collected,
            Scrubber.@Nullable Scrubbed scrubbed) {}

    void start(@Observes StartupEvent event) {
        long pause = config.every().toMillis();
        var unused = rounds.scheduleWithFixedDelay(this::tryRound, pause, pause, TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        rounds.shutdownNow();
        boolean unused = rounds.awaitTermination(5, TimeUnit.SECONDS);
    }

    /** The last round of this instance that did something. */
    Optional<Round> last() {
        return Optional.ofNullable(last);
    }

    /** What a round would do now. Blobs that only a version holds which it would purge are not counted. */
    Round dry() throws IOException {
        Instant now = clock.instant();
        return new Round(
                now,
                true,
                retention.apply(now, true),
                purge.purge(now.minus(config.deletedKept()), true),
                collector.collect(now.minus(config.grace()), true),
                null);
    }

    Round round() throws IOException {
        Instant now = clock.instant();
        Round round = new Round(
                now,
                false,
                retention.apply(now, false),
                purge.purge(now.minus(config.deletedKept()), false),
                collector.collect(now.minus(config.grace()), false),
                scrubber.scrub(now.minus(config.checkAgain()), config.checkBytes()));
        brought.forgetOldLinks();
        store.removeAbandoned();
        last = round;
        LOG.infof("Upkeep done %s", round);
        return round;
    }

    private void tryRound() {
        try {
            round();
        } catch (Exception e) { // the edge of the thread; the next round tries again
            LOG.warnf(e, "Upkeep failed and is tried again in %s", config.every());
        }
    }
}
