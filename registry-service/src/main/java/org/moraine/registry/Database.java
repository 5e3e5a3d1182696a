package org.moraine.registry;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;

/** The registry's schema, as every room reads and writes it. */
final class Database {

    @Produces
    @Singleton
    Jdbi jdbi(DataSource registry) {
        return Jdbi.create(registry);
    }
}
