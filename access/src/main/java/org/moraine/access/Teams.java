package org.moraine.access;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import java.util.Optional;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** The teams that there are. */
@ApplicationScoped
public class Teams {

    private final Jdbi jdbi;

    @Inject
    Teams(@Named("access") DataSource database) {
        this.jdbi = Jdbi.create(database);
    }

    /** The team of this name; empty where there is none, or could be none. */
    public Optional<TeamName> find(String name) {
        try {
            return Optional.of(new TeamName(name)).filter(this::exists);
        } catch (Refused noTeamsName) {
            return Optional.empty();
        }
    }

    public boolean exists(TeamName team) {
        return jdbi.withHandle(handle -> handle.select("SELECT EXISTS (SELECT FROM teams WHERE name = ?)", team.value())
                .mapTo(Boolean.class)
                .one());
    }
}
