package org.moraine.registry.version;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Method;

/**
 * One published version, without its files.
 *
 * @param version its number, from 1
 * @param commit 40 hex digits; versions of the same content share it
 * @param job null where a team uploaded it
 * @param uploadedBy null where a job made it
 * @param summary what who uploaded it said of it
 * @param baseModel null where the files of an upload do not say
 * @param method null where the files of an upload do not say
 * @param size all files' bytes
 * @param deprecated what who pulls it is told, null where it is as good as any
 */
public record Version(
        AdapterName adapter,
        int version,
        String commit,
        @Nullable JobId job,
        @Nullable String uploadedBy,
        @Nullable String summary,
        @Nullable String baseModel,
        @Nullable Method method,
        Map<String, Object> settings,
        Instant publishedAt,
        long size,
        @Nullable String deprecated) {

    /** What stands where an adapter has no version yet: number 0, without files. The Hub's clients want a commit. */
    public static Version none(AdapterName adapter, Instant since) {
        return new Version(adapter, 0, Manifest.NO_FILES, null, null, null, null, null, Map.of(), since, 0, null);
    }

    /** The version as a tag, such as {@code v3}. */
    @JsonIgnore
    public String tag() {
        return "v" + version;
    }

    /** What it is called in a history. */
    @JsonIgnore
    public String title() {
        return summary == null || summary.isBlank() ? tag() : summary;
    }
}
