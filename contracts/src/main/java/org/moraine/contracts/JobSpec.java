package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What a worker needs to train one job; fixed when the job is accepted and never changed afterwards.
 *
 * @param baseModel the base model's name as the caller wrote it, such as {@code pebble}
 * @param earlier the version that is trained further, null where the job's adapter begins anew
 * @param adapter the adapter whose next version the job makes
 * @param trainingFile what is learnt
 * @param validationFile what the training is measured on, null where there is no file for it
 */
public record JobSpec(
        JobId job,
        @JsonProperty("base_model") String baseModel,
        @JsonProperty("earlier_adapter") @Nullable EarlierAdapter earlier,
        AdapterName adapter,
        @JsonProperty("training_file") DataFile trainingFile,
        @JsonProperty("validation_file") @Nullable DataFile validationFile,
        @JsonProperty("adapter_settings") AdapterSettings adapterSettings,
        @JsonProperty("training_settings") TrainingSettings trainingSettings) {}
