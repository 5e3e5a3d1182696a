package org.moraine.jobs.files;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;

/** Where files are kept, and how large they may be. */
@ConfigMapping(prefix = "moraine.files")
interface FilesConfig {

    /** The object store, such as {@code http://127.0.0.1:9000}; from {@code MORAINE_S3_ENDPOINT}. */
    URI endpoint();

    /** The object store's region; from {@code MORAINE_S3_REGION}. */
    @WithDefault("us-east-1")
    String region();

    /** From {@code MORAINE_S3_ACCESS_KEY}. */
    String accessKey();

    /** From {@code MORAINE_S3_SECRET_KEY}. */
    String secretKey();

    /** The bucket, made at start where it is absent. */
    @WithDefault("moraine-jobs")
    String bucket();

    /** The largest file, in bytes or with K, M or G. */
    @WithDefault("1G")
    MemorySize largestFile();

    /** The largest file that comes in parts, in bytes or with K, M or G. */
    @WithDefault("8G")
    MemorySize largestUpload();

    /** How many uploads are read at once; each holds up to 16 MiB in memory. More wait. */
    @WithDefault("3")
    int uploadsAtOnce();

    /** How long an upload of a team waits for its turn before it is told to come again. */
    @WithDefault("PT30S")
    Duration uploadPatience();

    /** How often what deleted and expired files and uploads left is looked for, and one in 256 blobs for its owner. */
    @WithDefault("PT10M")
    Duration sweepEvery();
}
