package org.moraine.access;

import java.nio.charset.StandardCharsets;
import org.moraine.contracts.Digest;

/** A key as its owner holds it. It is a secret: it is compared by its digest, and never printed. */
record ApiKey(String secret) {

    private static final int SHORTEST = 16;

    /** Takes a key that is about to be stored; {@code origin} names where it was given, for the message. */
    static ApiKey chosen(String secret, String origin) {
        if (secret.length() < SHORTEST) {
            throw new IllegalArgumentException(origin + " has less than " + SHORTEST + " characters");
        }
        return new ApiKey(secret);
    }

    Digest digest() {
        return Digest.of(secret.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "***";
    }
}
