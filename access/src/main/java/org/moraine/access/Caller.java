package org.moraine.access;

import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** Who asks, known by the key of the request. */
public sealed interface Caller {

    /** The team whose things the caller sees and makes; throws {@link Refused} where the caller is no team. */
    TeamName team();

    /** Somebody of a team. */
    record OfTeam(TeamName team) implements Caller {}

    /** Whoever decides between teams; belongs to none. */
    record Admin() implements Caller {
        @Override
        public TeamName team() {
            throw Refused.forbidden("This needs a team's key; the admin key belongs to no team");
        }
    }

    /** One of the platform's workers; all of them hold the same key. */
    record Worker() implements Caller {
        @Override
        public TeamName team() {
            throw Refused.forbidden("This needs a team's key; a worker's key belongs to no team");
        }
    }
}
