package org.moraine.worker.prepare;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.util.Optional;

/** Where base models come from by name. */
@ConfigMapping(prefix = "hf")
public interface HubConfig {

    /** A Hugging Face style endpoint. */
    @WithDefault("https://huggingface.co")
    URI endpoint();

    /** The key sent to it. */
    Optional<String> token();
}
