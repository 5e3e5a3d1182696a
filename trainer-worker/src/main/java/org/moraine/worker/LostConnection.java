package org.moraine.worker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Another part was away for the whole of the worker's patience; another attempt may find it. */
public final class LostConnection extends RuntimeException {

    private static final long serialVersionUID = 1;

    public LostConnection(String part, Duration patience, @Nullable Throwable cause) {
        super(part + " could not be reached for " + patience.toSeconds() + " s", cause);
    }
}
