package org.moraine.worker;

import io.smallrye.config.ConfigMapping;
import java.net.URI;

/** Where job-api is. */
@ConfigMapping(prefix = "moraine.jobs")
public interface JobApiConfig {

    /** job-api's root, such as {@code http://job-api:8080}. */
    URI url();
}
