package org.moraine.access;

import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** Who asks, known by the key of the request. */
public sealed interface Caller {

    /** The team whose things the caller sees and makes; throws {@link Refused} where the caller is no team. */
    TeamName team();

    /** Whom the key was made for. */
    KeyHolder holder();

    /**
     * Somebody of a team.
     *
     * @param name whom the key was made for; null where that is nobody in particular
     */
    record OfTeam(TeamName team, @Nullable String name) implements Caller {
        @Override
        public KeyHolder holder() {
            return new KeyHolder(team.value(), name);
        }
    }

    /**
     * Whoever decides between teams; belongs to none.
     *
     * @param name whom the key was made for; null where that is nobody in particular
     */
    record Admin(@Nullable String name) implements Caller {
        @Override
        public TeamName team() {
            throw Refused.forbidden("This needs a team's key; the admin key belongs to no team");
        }

        @Override
        public KeyHolder holder() {
            return new KeyHolder("admin", name);
        }
    }

    /** One of the platform's workers; all of them hold the same key. */
    record Worker() implements Caller {
        @Override
        public TeamName team() {
            throw Refused.forbidden("This needs a team's key; a worker's key belongs to no team");
        }

        @Override
        public KeyHolder holder() {
            return new KeyHolder("worker", null);
        }
    }
}
