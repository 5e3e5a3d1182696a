package org.moraine.jobs.submit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Where base models are looked up, and how long a create request may come again. */
@ConfigMapping(prefix = "moraine.submit")
interface SubmitConfig {

    /** Folders of shipped base models, separated as in a class path; from {@code MORAINE_MODELS}. */
    Optional<String> models();

    /**
     * Where descriptions of other base models are kept; from {@code MORAINE_MODEL_CACHE}, else {@code
     * ~/.cache/moraine/models}.
     */
    Path modelCache();

    /** The Hugging Face style endpoint of base models by name; from {@code HF_ENDPOINT}. */
    @WithDefault("https://huggingface.co")
    URI hub();

    /** Sent to that endpoint; from {@code HF_TOKEN}. */
    Optional<String> hubToken();

    /**
     * The buckets in which a caller may name a base model, {@code s3://bucket/prefix}, in the object store that keeps the
     * files; from {@code MORAINE_MODEL_BUCKETS}, separated by commas.
     */
    @WithDefault("moraine-models")
    Set<String> modelBuckets();

    /**
     * Whether a caller may name a folder on the workers' and this machine as base model; from {@code
     * MORAINE_LOCAL_MODELS}. Only where every caller may read that machine's files.
     */
    @WithDefault("false")
    boolean localModels();

    /** For how long a client's own retry of a create request gives the job already made. */
    @WithDefault("PT10M")
    Duration retryWindow();
}
