package org.moraine.jobs.progress;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.moraine.contracts.JobId;
import org.moraine.jobs.JobEvents;
import org.moraine.jobs.Jobs;

/**
 * A job's events as they happen, from its first or the one after the last that a reader saw, until the job has ended.
 * Events are read from the database when the reader has taken the ones before, so a slow reader costs no memory.
 */
@Singleton
class EventStream {

    /** How often a quiet stream sends a sign of life, so that nothing between here and the reader gives it up. */
    private static final Duration QUIET = Duration.ofSeconds(15);

    private static final int AT_ONCE = 100;

    private final Jobs jobs;
    private final JobEvents events;
    private final EventBell bell;

    EventStream(Jobs jobs, JobEvents events, EventBell bell) {
        this.jobs = jobs;
        this.events = events;
        this.bell = bell;
    }

    /** Some events in their order; none where it is a sign of life, or {@code last}, the stream's end. */
    record Piece(List<JobEvents.Entry> entries, boolean last) {}

    /** Begins after the event of the number {@code after}; 0 is before the first. */
    Multi<Piece> of(JobId job, long after) {
        return Multi.createBy()
                .repeating()
                .uni(() -> new Reader(job, after), Reader::next)
                .whilst(piece -> !piece.last());
    }

    /** One reader's place in the stream. */
    private final class Reader {

        private final JobId job;
        private long seen;

        Reader(JobId job, long seen) {
            this.job = job;
            this.seen = seen;
        }

        Uni<Piece> next() {
            return read().chain(piece -> isNews(piece) ? Uni.createFrom().item(piece) : waitAndRead());
        }

        /** Looks once more after it has asked to be woken, since an event may have come in between. */
        private Uni<Piece> waitAndRead() {
            CompletableFuture<Void> ring = bell.next(job);
            return read().chain(piece ->
                    isNews(piece) ? Uni.createFrom().item(piece) : rung(ring).chain(this::read));
        }

        private static Uni<Void> rung(CompletableFuture<Void> ring) {
            return Uni.createFrom()
                    .completionStage(ring.copy())
                    .ifNoItem()
                    .after(QUIET)
                    .recoverWithItem((Void) null);
        }

        private boolean isNews(Piece piece) {
            return piece.last() || !piece.entries().isEmpty();
        }

        private Uni<Piece> read() {
            return Uni.createFrom().item(this::readNow).runSubscriptionOn(Infrastructure.getDefaultWorkerPool());
        }

        private Piece readNow() {
            boolean ended = jobs.find(job).map(found -> found.status().ended()).orElse(true);
            List<JobEvents.Entry> found = events.forwards(job, seen, AT_ONCE);
            if (!found.isEmpty()) {
                seen = found.get(found.size() - 1).number();
            }
            return new Piece(found, ended && found.isEmpty());
        }
    }
}
