package org.moraine.registry.hub;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Moments as the Hub writes them, always with milliseconds: its Python client reads nothing else. */
final class HubTime {

    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private HubTime() {}

    static String of(Instant moment) {
        return FORMAT.format(moment);
    }
}
