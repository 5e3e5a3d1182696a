package org.moraine.registry;

import jakarta.enterprise.context.ApplicationScoped;
import org.jdbi.v3.core.Jdbi;
import org.moraine.access.Caller;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** What the caller of the request may know of: a team its own adapters, a worker every team's. */
@ApplicationScoped
public class Visible {

    private final CurrentCaller caller;
    private final Jdbi jdbi;

    Visible(CurrentCaller caller, Jdbi jdbi) {
        this.caller = caller;
        this.jdbi = jdbi;
    }

    /**
     * The adapter that a path names. What is another team's, what cannot be a name, and for a team what is mirrored under
     * its own name, is {@link Refused} as what is not there.
     */
    public AdapterName adapter(String team, String adapter) {
        AdapterName name;
        try {
            name = new AdapterName(new TeamName(team), adapter);
        } catch (Refused e) {
            throw absent(team + "/" + adapter);
        }
        if (!mayKnow(name)) {
            throw absent(name.toString());
        }
        return name;
    }

    private boolean mayKnow(AdapterName name) {
        Caller who = caller.get();
        return who instanceof Caller.Worker || (who.team().equals(name.team()) && !isMirrored(name));
    }

    /** Whether the name is that of a model that was taken from another Hub. */
    public boolean isMirrored(AdapterName name) {
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT EXISTS (SELECT FROM adapters WHERE team = ? AND adapter = ? AND mirrored)",
                        name.team().value(),
                        name.adapter())
                .mapTo(boolean.class)
                .one());
    }

    /** The refusal of who would change a mirrored model. */
    public static Refused mirrored(AdapterName model) {
        return Refused.forbidden(
                model + " is a model of another Hub that is kept here for every team; take another name");
    }

    /** The refusal of an adapter that is not there. */
    public static Refused absent(String adapter) {
        return Refused.absent("adapter_not_found", "adapter", "There is no adapter '" + adapter + "'");
    }
}
