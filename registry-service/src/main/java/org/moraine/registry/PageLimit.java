package org.moraine.registry;

import org.moraine.contracts.Refused;

/** How many things a page of the native API has at most. */
public final class PageLimit {

    public static final int LARGEST = 1000;

    private PageLimit() {}

    /** Throws {@link Refused} where a caller asks for pages of none, or of too many. */
    public static void check(int limit) {
        if (limit < 1 || limit > LARGEST) {
            throw Refused.invalid("limit", "limit is from 1 to " + LARGEST + ", not " + limit);
        }
    }
}
