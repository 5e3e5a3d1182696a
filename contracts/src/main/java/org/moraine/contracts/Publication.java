package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/**
 * What a worker sends to make a job's adapter a version, once every blob of the manifest is stored.
 *
 * @param settings what made it, for people and search: method, rank, mora_type, steps, final loss and so on
 */
public record Publication(
        JobId job,
        @JsonProperty("base_model") String baseModel,
        Method method,
        Map<String, Object> settings,
        Manifest manifest) {

    /** The registry's answer: the one version of the job, made now or before. */
    public record Made(AdapterName adapter, int version, String commit) {}
}
