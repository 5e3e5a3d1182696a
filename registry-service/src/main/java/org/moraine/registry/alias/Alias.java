package org.moraine.registry.alias;

import java.time.Instant;

/** A name that points at a version and is moved. */
public record Alias(String alias, int version, String movedBy, Instant movedAt) {

    /** The name of the newest version, which nobody moves. */
    public static final String NEWEST = "main";
}
