package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What a worker needs to train one job; fixed when the job is accepted and never changed afterwards.
 *
 * @param baseModel the base model's name as the caller wrote it, such as {@code pebble}
 * @param adapter the adapter whose next version the job makes
 * @param trainingFile the training data's bytes
 * @param trainingFileBytes their number
 */
public record JobSpec(
        JobId job,
        @JsonProperty("base_model") String baseModel,
        AdapterName adapter,
        @JsonProperty("training_file") Digest trainingFile,
        @JsonProperty("training_file_bytes") long trainingFileBytes,
        @JsonProperty("adapter_settings") AdapterSettings adapterSettings,
        @JsonProperty("training_settings") TrainingSettings trainingSettings) {}
