package org.moraine.registry.version;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Map;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Method;

/**
 * One published version, without its files.
 *
 * @param version its number, from 1
 * @param commit 40 hex digits; versions of the same content share it
 * @param size all files' bytes
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
        long size) {

    /** The version as a tag, such as {@code v3}. */
    @JsonIgnore
    public String tag() {
        return "v" + version;
    }
}
