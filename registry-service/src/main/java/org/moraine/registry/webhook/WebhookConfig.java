package org.moraine.registry.webhook;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How teams are told what happened. */
@ConfigMapping(prefix = "moraine.webhook")
interface WebhookConfig {

    /** How often it is looked whether something is due again; what happens now is sent at once. */
    @WithDefault("PT5S")
    Duration every();

    /** Whether receivers may be on this machine itself; others' teams could reach what listens here alone. */
    @WithDefault("false")
    boolean loopback();
}
