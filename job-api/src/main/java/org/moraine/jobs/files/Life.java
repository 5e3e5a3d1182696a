package org.moraine.jobs.files;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;

/** For how long a file is kept that goes by itself: OpenAI's {@code expires_after}. */
final class Life {

    private static final Duration SHORTEST = Duration.ofHours(1);
    private static final Duration LONGEST = Duration.ofDays(30);

    private Life() {}

    /**
     * Reads what a caller wrote; null where there is neither anchor nor seconds.
     *
     * @param key makes a field's path of its name, for what is refused
     */
    static @Nullable Duration of(@Nullable String anchor, @Nullable String seconds, Key key) {
        if (seconds == null && anchor == null) {
            return null;
        }
        if (!"created_at".equals(anchor)) {
            throw Refused.invalid(key.of("anchor"), "The anchor is 'created_at'");
        }
        if (seconds == null || !seconds.matches("[0-9]{1,9}")) {
            throw Refused.invalid(key.of("seconds"), key.of("seconds") + " is a whole number of seconds");
        }
        Duration life = Duration.ofSeconds(Long.parseLong(seconds));
        if (life.compareTo(SHORTEST) < 0 || life.compareTo(LONGEST) > 0) {
            throw Refused.invalid(
                    key.of("seconds"),
                    key.of("seconds") + " is from " + SHORTEST.toSeconds() + " to " + LONGEST.toSeconds());
        }
        return life;
    }

    /** How a field of it is written. */
    interface Key {
        String of(String name);
    }
}
