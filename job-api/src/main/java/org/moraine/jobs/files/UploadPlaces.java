package org.moraine.jobs.files;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.moraine.contracts.Refused;

/**
 * How many uploads are read at once, whoever sends them, and how many files are put together of parts; each holds up to
 * 16 MiB in memory. More wait. Putting together has places of its own: it takes as long as the object store does, and
 * would else wait for whoever sends slowly.
 */
@Singleton
public class UploadPlaces {

    private static final int JOINS = 2;

    private final Semaphore places;
    private final Semaphore joins = new Semaphore(JOINS, true);
    private final Duration patience;

    UploadPlaces(FilesConfig config) {
        this.places = new Semaphore(config.uploadsAtOnce(), true);
        this.patience = config.uploadPatience();
    }

    /** What is done in a place. */
    public interface Reading<T> {
        T read() throws IOException;
    }

    /** Waits for a place and reads there. */
    public <T> T in(Reading<T> reading) throws IOException, InterruptedException {
        places.acquire();
        return takenFor(places, reading);
    }

    /** As {@link #in}, for who can come again; throws {@link Refused} where there is no place in time. */
    <T> T inTime(Reading<T> reading) throws IOException, InterruptedException {
        return inTime(places, reading);
    }

    /** As {@link #inTime}, for what puts parts together. */
    <T> T joining(Reading<T> reading) throws IOException, InterruptedException {
        return inTime(joins, reading);
    }

    private <T> T inTime(Semaphore free, Reading<T> reading) throws IOException, InterruptedException {
        if (!free.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw Refused.limit("rate_limit_exceeded", "Too many files are being uploaded; try again");
        }
        return takenFor(free, reading);
    }

    private static <T> T takenFor(Semaphore taken, Reading<T> reading) throws IOException {
        try {
            return reading.read();
        } finally {
            taken.release();
        }
    }
}
