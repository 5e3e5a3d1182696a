package org.moraine.registry.mirror;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Which other Hub base models come from. */
@ConfigMapping(prefix = "moraine.mirror")
interface MirrorConfig {

    /** A Hugging Face style endpoint, such as {@code https://huggingface.co}; without it only teams' own names are known. */
    Optional<URI> endpoint();

    /** The key sent to it. Whatever it may read, every team may. */
    Optional<String> token();

    /** For how long a branch's or tag's commit is believed before it is asked for again. */
    @WithDefault("PT5M")
    Duration askAgain();
}
