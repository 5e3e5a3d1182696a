package org.moraine.jobs.files;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.moraine.contracts.Refused;

/** How many uploads are read at once, whoever sends them; each holds up to 16 MiB in memory. More wait. */
@Singleton
public class UploadPlaces {

    private final Semaphore places;
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
        return takenFor(reading);
    }

    /** As {@link #in}, for who can come again; throws {@link Refused} where there is no place in time. */
    <T> T inTime(Reading<T> reading) throws IOException, InterruptedException {
        if (!places.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw Refused.limit("rate_limit_exceeded", "Too many files are being uploaded; try again");
        }
        return takenFor(reading);
    }

    private <T> T takenFor(Reading<T> reading) throws IOException {
        try {
            return reading.read();
        } finally {
            places.release();
        }
    }
}
