package org.moraine.access;

import jakarta.enterprise.context.RequestScoped;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** The caller of the request at hand, set by {@link Authentication} before any resource runs. */
@RequestScoped
public class CurrentCaller {

    private @Nullable Caller caller;

    void set(Caller caller) {
        this.caller = caller;
    }

    /** Throws {@link Refused} where the request was not authenticated. */
    public Caller get() {
        if (caller == null) {
            throw Authentication.noKey();
        }
        return caller;
    }

    /** Whom the caller's key was made for; throws {@link Refused} where it opens no team. */
    public KeyHolder holder() {
        TeamName unused = team();
        return get().holder();
    }

    /** The caller's team; throws {@link Refused} where the caller is a worker. */
    public TeamName team() {
        return get().team();
    }
}
