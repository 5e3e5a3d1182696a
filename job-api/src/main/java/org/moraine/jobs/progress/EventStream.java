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

/**
 * A job's events as they happen, from its first or the one after the last that a reader saw, until the job has ended.
 * Events are read from the database when the reader has taken the ones before, so a slow reader costs no memory.
 */
@Singleton
class EventStream {

    /** How often a quiet stream sends a sign of life, so that nothing between here and the reader gives it up. */
    private static final Duration QUIET = Duration.ofSeconds(15);

    private static final int AT_ONCE = 100;

    private final JobEvents events;
    private final EventBell bell;

    EventStream(JobEvents events, EventBell bell) {
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

        /** Asks to be woken before it looks, so that no event comes in between. */
        Uni<Piece> next() {
            CompletableFuture<Void> ring = bell.next(job);
            return read().chain(piece -> isNews(piece) ? Uni.createFrom().item(piece) : rung(ring));
        }

        /** What the ring was for, or a sign of life where it stays quiet. */
        private Uni<Piece> rung(CompletableFuture<Void> ring) {
            return Uni.createFrom()
                    .completionStage(ring.copy())
                    .replaceWith(true)
                    .ifNoItem()
                    .after(QUIET)
                    .recoverWithItem(false)
                    .chain(rang -> rang ? next() : read());
        }

        private boolean isNews(Piece piece) {
            return piece.last() || !piece.entries().isEmpty();
        }

        private Uni<Piece> read() {
            return Uni.createFrom().item(this::readNow).runSubscriptionOn(Infrastructure.getDefaultWorkerPool());
        }

        private Piece readNow() {
            JobEvents.Told told = events.told(job, seen, AT_ONCE);
            List<JobEvents.Entry> found = told.entries();
            if (!found.isEmpty()) {
                seen = found.get(found.size() - 1).number();
            }
            boolean last = told.ended() && found.isEmpty();
            if (last) {
                bell.ring(job); // nobody has to wait for more
            }
            return new Piece(found, last);
        }
    }
}
