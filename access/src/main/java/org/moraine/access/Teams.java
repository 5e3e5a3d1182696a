package org.moraine.access;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.TeamName;

/** The teams that there are. */
@ApplicationScoped
public class Teams {

    private final Jdbi jdbi;

    @Inject
    Teams(@Named("access") DataSource database) {
        this.jdbi = Jdbi.create(database);
    }

    public boolean exists(TeamName team) {
        return jdbi.withHandle(handle -> handle.select("SELECT EXISTS (SELECT FROM teams WHERE name = ?)", team.value())
                .mapTo(Boolean.class)
                .one());
    }
}
