package org.moraine.worker.prepare;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Where base models that are on disk lie. */
@ConfigMapping(prefix = "moraine")
public interface ModelsConfig {

    /** Folders with shipped base models, with the system's path separator between. */
    Optional<String> models();

    /** The buckets in which a job may name its base model, {@code s3://bucket/prefix}, with commas between. */
    @WithName("model.buckets")
    @WithDefault("moraine-models")
    Set<String> modelBuckets();

    /**
     * Whether a job may name a folder of this machine as its base model. Only where every caller may read this machine's
     * files.
     */
    @WithName("local.models")
    @WithDefault("false")
    boolean localModels();

    /** The cache of downloaded base models. */
    @WithName("model.cache")
    @WithDefault("${user.home}/.cache/moraine/models")
    Path modelCache();
}
