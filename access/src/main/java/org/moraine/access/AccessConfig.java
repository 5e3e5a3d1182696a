package org.moraine.access;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** Keys that exist from the start; all are secrets but the team's name. */
@ConfigMapping(prefix = "moraine.access")
interface AccessConfig {

    /** The workers' key, at least 16 characters; from {@code MORAINE_WORKER_KEY}. */
    String workerKey();

    /** The key of whoever decides between teams, at least 16 characters; from {@code MORAINE_ADMIN_KEY}. */
    Optional<String> adminKey();

    /** A team that is made at start where it is absent; from {@code MORAINE_BOOTSTRAP_TEAM}. */
    Optional<String> bootstrapTeam();

    /** That team's key, at least 16 characters; from {@code MORAINE_BOOTSTRAP_API_KEY}. */
    Optional<String> bootstrapApiKey();
}
