package org.moraine.registry.version;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Method;

/**
 * One published version, without its files.
 *
 * @param version its number, from 1
 * @param commit 40 hex digits; versions of the same content share it
 * @param size all files' bytes
 * @param deprecated what who pulls it is told, null where it is as good as any
 */
public record Version(
        AdapterName adapter,
        int version,
        String commit,
        JobId job,
        String baseModel,
        Method method,
        Map<String, Object> settings,
        Instant publishedAt,
        long size,
        @Nullable String deprecated) {

    /** The version as a tag, such as {@code v3}. */
    @JsonIgnore
    public String tag() {
        return "v" + version;
    }
}
