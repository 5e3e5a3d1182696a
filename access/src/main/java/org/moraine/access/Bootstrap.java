package org.moraine.access;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.moraine.contracts.TeamName;

/** Makes the configured keys at start, so that a fresh database can be used. Both services do it; it is repeatable. */
@ApplicationScoped
class Bootstrap {

    private final AccessConfig config;
    private final ApiKeys keys;

    Bootstrap(AccessConfig config, ApiKeys keys) {
        this.config = config;
        this.keys = keys;
    }

    void start(@Observes @Priority(100) StartupEvent event) {
        keys.ensureWorkers(ApiKey.chosen(config.workerKey(), "MORAINE_WORKER_KEY"));
        config.adminKey().ifPresent(key -> keys.ensureAdmin(ApiKey.chosen(key, "MORAINE_ADMIN_KEY")));
        if (config.bootstrapTeam().isPresent() != config.bootstrapApiKey().isPresent()) {
            throw new IllegalArgumentException("Set MORAINE_BOOTSTRAP_TEAM and MORAINE_BOOTSTRAP_API_KEY, or neither");
        }
        config.bootstrapTeam()
                .ifPresent(team -> keys.ensureTeam(
                        new TeamName(team),
                        ApiKey.chosen(config.bootstrapApiKey().orElseThrow(), "MORAINE_BOOTSTRAP_API_KEY")));
    }
}
