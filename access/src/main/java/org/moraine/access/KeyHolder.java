package org.moraine.access;

import org.jspecify.annotations.Nullable;

/**
 * Whom a key was made for, as it is kept beside what was done with it: {@code acme} or {@code acme/alice}, {@code admin} or
 * {@code admin/bob}.
 *
 * @param side the team, or what else the key opens
 * @param name the person or program; null where the key was made for nobody in particular
 */
public record KeyHolder(String side, @Nullable String name) {

    /** As it was written by {@link #toString}. */
    public static KeyHolder of(String written) {
        String[] parts = written.split("/", 2);
        return new KeyHolder(parts[0], parts.length == 2 ? parts[1] : null);
    }

    /** Whether both are known to be the same person or program, with whatever keys. */
    public boolean isKnownToBe(KeyHolder other) {
        return name != null && name.equalsIgnoreCase(other.name);
    }

    @Override
    public String toString() {
        return name == null ? side : side + "/" + name;
    }
}
