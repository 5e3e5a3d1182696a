package org.moraine.jobs.files;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.concurrent.Semaphore;

/** How many uploads are read at once, whoever sends them; each holds up to 16 MiB in memory. More wait. */
@Singleton
public class UploadPlaces {

    private final Semaphore places;

    UploadPlaces(FilesConfig config) {
        this.places = new Semaphore(config.uploadsAtOnce(), true);
    }

    /** What is done in a place. */
    public interface Reading<T> {
        T read() throws IOException;
    }

    /** Waits for a place and reads there. */
    public <T> T in(Reading<T> reading) throws IOException, InterruptedException {
        places.acquire();
        try {
            return reading.read();
        } finally {
            places.release();
        }
    }
}
