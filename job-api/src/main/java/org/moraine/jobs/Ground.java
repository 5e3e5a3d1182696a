package org.moraine.jobs;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;

/** What the rooms take through their constructors: time, identifiers and the database. */
class Ground {

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    Ids ids() {
        return new Ids(new SecureRandom());
    }

    @Produces
    @Singleton
    Jdbi jdbi(DataSource database) {
        return Jdbi.create(database);
    }
}
