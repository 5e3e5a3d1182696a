package org.moraine.registry.alias;

import java.time.Instant;

/** A name that points at one version for good. */
public record Tag(String tag, int version, String message, String madeBy, Instant madeAt) {}
