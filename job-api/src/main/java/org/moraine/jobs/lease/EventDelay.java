package org.moraine.jobs.lease;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;

/**
 * How late this instance reads what workers say. Who reads late must not take silence for a loss: the end of the training
 * may lie among what is not read yet. It goes by the time of the records, not by the service's clock. Safe for use by many
 * threads.
 */
@Singleton
public class EventDelay {

    private volatile Instant reading = Instant.MAX;

    /** What was said at that time is being read now. */
    public void reading(Instant said) {
        reading = said;
    }

    /** All that was said is read. */
    public void none() {
        reading = Instant.MAX;
    }

    /** Whether what is being read was said longer ago than that. */
    boolean exceeds(Duration most) {
        Instant said = reading;
        return said.isBefore(Instant.now().minus(most));
    }
}
