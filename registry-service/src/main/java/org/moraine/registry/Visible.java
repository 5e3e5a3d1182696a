package org.moraine.registry;

import jakarta.enterprise.context.ApplicationScoped;
import org.moraine.access.Caller;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** What the caller of the request may know of: a team its own adapters, a worker every team's. */
@ApplicationScoped
public class Visible {

    private final CurrentCaller caller;

    Visible(CurrentCaller caller) {
        this.caller = caller;
    }

    /**
     * The adapter that a path names. What is another team's, and what cannot be a name, is {@link Refused} as what is
     * not there.
     */
    public AdapterName adapter(String team, String adapter) {
        AdapterName name;
        try {
            name = new AdapterName(new TeamName(team), adapter);
        } catch (Refused e) {
            throw absent(team + "/" + adapter);
        }
        if (!mayKnow(name.team())) {
            throw absent(name.toString());
        }
        return name;
    }

    private boolean mayKnow(TeamName team) {
        Caller who = caller.get();
        return who instanceof Caller.Worker || who.team().equals(team);
    }

    /** The refusal of an adapter that is not there. */
    public static Refused absent(String adapter) {
        return Refused.absent("adapter_not_found", "adapter", "There is no adapter '" + adapter + "'");
    }
}
